## The page around
site-name = Lienthong
site-promise = Say it once. Each time somebody looks at your data, that is written down.
site-source = Open-source software, Apache-2.0 licence
skip-to-content = Skip to main content
nav-label = Main navigation
language-switch = Language
sign-out = Sign out
title-error = Error: { $title }
footer-label = Footer

## Components
errors-heading = { $count ->
    [one] { $count } thing to put right before you go on
   *[other] { $count } things to put right before you go on
  }
field-optional = (optional)
field-error = Error:
select-nothing = Choose one
date-day = Day
date-month = Month
date-year = Year
date-hint = For example: 17 / 5 / 1990
number-hint = The 12 digits printed on the identity card
commune-search = Search
commune-hint = Type the name of a commune, ward or special zone; old names work too
commune-found = Choose the right unit
commune-none = Nothing found for "{ $query }". Try fewer letters, or the province's name.
commune-chosen = Chosen
file-hint = { $kinds }, up to { $size } each
file-add = Upload this file
file-remove = Remove the file { $name }
file-received = Received { $when }
summary-report = Report an error
summary-report-of = in { $key }
summary-change = Change
summary-source = Source: { $source }
summary-missing = Not known yet
step-done = Done
step-now = In progress
step-paused = Paused
step-late = Overdue
step-next = Next
step-refused = Refused
step-ended = Closed
progress = Step { $at } of { $of }
table-sort = Sort by { $column }
table-scroll = This table can be scrolled sideways
pages-label = Pages of this list
pages-next = Next page
pages-previous = Previous page
filter-label = Filter
search-submit = Search
saved-at = Saved at { $when }
print = Print this page
trend-up = up
trend-down = down
trend-flat = unchanged

## How values are said
fmt-today = today
fmt-tomorrow = tomorrow
fmt-yesterday = yesterday
fmt-monday = Monday
fmt-tuesday = Tuesday
fmt-wednesday = Wednesday
fmt-thursday = Thursday
fmt-friday = Friday
fmt-saturday = Saturday
fmt-sunday = Sunday
fmt-moment = { $time } { $day }
fmt-moment-far = { $time } on { $day }
fmt-due-today = due today
fmt-days-left = { $count ->
    [one] { $count } working day left
   *[other] { $count } working days left
  }
fmt-days-over = { $count ->
    [one] { $count } working day overdue
   *[other] { $count } working days overdue
  }
fmt-working-days = { $count ->
    [one] { $count } working day
   *[other] { $count } working days
  }
fmt-free = No fee
fmt-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
  }
fmt-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
  }
fmt-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
  }
fmt-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
  }
fmt-bytes = { $count ->
    [one] { $count } byte
   *[other] { $count } bytes
  }

## When something is not right
problem-home = Go to the home page
problem-request = When you ask for help, read out this code:
problem-not-found = Not found
problem-not-found-advice = Check the address, or search from the home page.
problem-conflict = This can no longer be done like that
problem-conflict-advice = Reload the page to see how things stand now, and go on from there.
problem-invalid = Something needs putting right
problem-invalid-advice = Go back, put right what is named here and send again. What you typed is still there.
problem-unauthenticated = Please sign in
problem-unauthenticated-advice = Sign in, and you will go on right here.
problem-forbidden = You may not do this
problem-forbidden-advice = If you think you should be able to, ask your agency's administrator or the help desk.
problem-limit = Too fast or too often
problem-limit-advice = Wait a moment and try again. What was saved is still there.
problem-too-large = Too large
problem-too-large-advice = Go back, choose a smaller file or send it in parts. What was saved is still there.
problem-unavailable = The system is busy
problem-unavailable-advice = Try again in a few minutes. Everything saved is still there.
problem-bug = The system made a mistake
problem-bug-advice = This is our mistake, not yours, and it has been noted. Try again in a few minutes.

webkit-not-found = This page or item does not exist, or has moved.
webkit-unauthenticated = You are not signed in, or your session has ended.
webkit-forbidden = Your account may not see or do this.
webkit-invalid = Some entries are not right yet.
webkit-too-large = What was sent is too large.
webkit-method = This address does not take that method.
webkit-unavailable = A part of the system is not answering right now.
webkit-timeout = This took longer than allowed and was stopped.
webkit-bad-request = The request could not be read.
webkit-bad-query = The part of the address after the question mark is not right.
webkit-bug = Something unexpected happened while handling your request.
webkit-cross-site = This request came from another website and was not accepted.
webkit-csrf = The page was open for too long, or the browser keeps no cookies. Reload the page and send again.
webkit-too-many-requests = You sent too many requests in a short time.
webkit-json-expected = A body of type application/json is needed.
webkit-json-syntax = The JSON has a syntax error at { $place } (line:column).
webkit-json-shape = A value is missing or of the wrong type, at { $place } (line:column).
webkit-json-unknown = There is no field of this name.

store-unavailable = The database does not answer at the moment.
store-conflict = Somebody else changed this just before you.
store-bug = Something unexpected went wrong with reading or writing data.
