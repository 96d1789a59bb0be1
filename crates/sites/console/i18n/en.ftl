# The console of relying parties

console-site = Relying parties
console-nav-clients = Applications
console-nav-approvals = To approve
console-nav-sandbox = Test people
console-nav-desk = Desk
console-cancel = Cancel
console-remove = Remove
console-until-needed = The profile basic needs a last day: enter day, month and year.
console-note-needed = Write why, so that the agency knows what to mend.

console-role-receiver = Receiving officer
console-role-decider = Deciding officer
console-role-head = Head
console-role-auditor = Auditor
console-role-administrator = Administrator

## The list
console-clients-title = The agency's applications
console-clients-lead = Websites and programs that ask people through their electronic identity. Begin in the test environment; nobody has to approve that.
console-clients-none = The agency has no applications yet
console-clients-none-about = Register a test application: five minutes later your program meets its first test person.
console-clients-count = { $count ->
    [one] { $count } application
   *[other] { $count } applications
  }
console-owner = Agency
console-state = State
console-state-sandbox = Test
console-state-proposed = Waits for approval
console-state-approved = In use
console-state-suspended = Suspended
console-state-closed = Closed
console-waits-new = New application
console-waits-change = Change to approve

## Registering
console-new = Register an application
console-new-lead = Ask as little as you can: what you do not ask you need not keep, nor justify.
console-new-send = Register
console-proposed = Noted. Next: hand in the application's public key.
console-group-about = What the application is
console-group-rules = How it works
console-group-addresses = Addresses
console-group-claims = What it asks
console-group-more = More
console-more-hint = Can be left alone if the application only signs people in.
console-name = Name
console-name-vi = Name of the application
console-name-hint = People read this name when they are asked.
console-name-en = Name in English
console-name-en-hint = For readers of English.
console-purpose = Purpose
console-purpose-vi = What it asks for
console-purpose-hint = One plain sentence to the person who is asked.
console-purpose-en = Purpose in English
console-purpose-en-hint = The same as the sentence above.
console-contact = Mailbox in charge
console-contact-hint = When something goes wrong we write here.
console-policy = Page about how data is treated
console-policy-hint = Begins with https://
console-env = Environment
console-env-sandbox = Test
console-env-sandbox-means = Works at once. Meets only people who do not exist, and stays a test for ever.
console-env-real = Real
console-env-real-means = Meets people once it is approved.
console-profile = Technical profile
console-profile-fapi2 = FAPI 2.0
console-profile-fapi2-means = Pushed requests, keys instead of secrets, tokens bound to a key. Choose this if your library can do it.
console-profile-basic = Compatible (basic)
console-profile-basic-means = Authorization code with PKCE, for older libraries. Needs a last day.
console-profile-basic-until = Compatible (basic), until the end of { $day }
console-until = Profile basic until the end of
console-until-hint = Only with basic; at most a year at a time.
console-auth = How the application proves itself
console-auth-private-key-jwt = A private key signs an assertion (private_key_jwt)
console-auth-tls-client-auth = A certificate of a certificate authority (tls_client_auth)
console-auth-self-signed-tls-client-auth = A self-signed certificate whose key is registered (self_signed_tls_client_auth)
console-auth-client-secret-basic = A secret in the request's header (client_secret_basic)
console-auth-client-secret-post = A secret in the request's body (client_secret_post)
console-basic-only = Only with the profile basic
console-tls-subject = Subject of the certificate
console-tls-subject-hint = As in RFC 4514, such as CN=app.example.gov.vn,O=Sở Y tế,C=VN. Only with tls_client_auth.
console-sender = Tokens are bound to
console-sender-dpop = A key that the application shows with each use (DPoP)
console-sender-tls = The certificate of the connection (mTLS)
console-sender-bearer = Nothing
console-redirect = Addresses for the answer
console-redirect-hint = redirect_uri, one a line, compared letter by letter.
console-post-logout = Addresses after signing out
console-post-logout-hint = post_logout_redirect_uri, one a line.
console-backchannel = Address that is told of sign-outs
console-backchannel-hint = Your server is told when a person signs out or locks the account.
console-ciba-uri = Address that is told of CIBA answers
console-ciba-uri-hint = Left empty, the application asks again by itself.
console-sector = Sector of subjects
console-sector-hint = Applications of one sector get the same code of a person. Left empty: the host of the first address.
console-audiences = Resource servers
console-audiences-hint = Whole addresses, one a line.
console-resource = The application is a resource server at
console-resource-hint = A whole address. The application may check tokens that are meant for it.
console-api-scopes = Scopes of its own for APIs
console-api-scopes-hint = With spaces between them.
console-grants = Ways to a token
console-grant-code = Signing in through the browser
console-grant-code-means = The person is sent here and comes back to the application.
console-grant-refresh = Going on when the person has left
console-grant-refresh-means = Refresh tokens that change with each use. The person has to agree to it separately.
console-grant-own = On its own behalf
console-grant-own-means = No person at all; only for the application's API scopes.
console-grant-exchange = On a person's behalf at another server
console-grant-exchange-means = Token exchange; the new token says who acts for whom.
console-grant-ciba = Asking on the person's phone
console-grant-ciba-means = For counters and call centres: the person answers on a device of their own.
console-grant-device = A screen without a keyboard
console-grant-device-means = A kiosk shows a code, and the person enters it on a device of their own.
console-messages = Signed messages
console-messages-hint = FAPI 2.0 Message Signing, where proof is needed.
console-message-requests = Requests (JAR)
console-message-responses = Answers (JARM)
console-message-userinfo = Userinfo
console-message-introspection = Introspection
console-rs256 = Sign ID tokens with RS256 because the library does not know ES256 (basic only)
console-claims-hint = Prefer questions of yes or no: who needs to know that somebody is of age asks that, not the date of birth. Each needs a legal basis.
console-claims-none = Asks nothing: only recognises who comes back
console-basis = Legal basis: name of the text, article, paragraph
console-claim-identity-level = Identity level
console-claim-age-over-14 = At least 14 or not
console-claim-age-over-16 = At least 16 or not
console-claim-age-over-18 = At least 18 or not
console-claim-age-over-60 = At least 60 or not
console-claim-resident-of = Lives in a place or not
console-claim-name = Full name
console-claim-birthdate = Date of birth
console-claim-gender = Sex
console-claim-personal-number = Personal number
console-sex-male = Male
console-sex-female = Female

## One application
console-tabs = Parts of the application
console-tab-overview = Overview
console-tab-keys = Keys
console-tab-errors = Its errors
console-tab-usage = Usage
console-tab-snippets = Snippets
console-in-force = In force
console-proposal = Proposal
console-history = History
console-change = Change
console-change-title = Change { $name }
console-change-send = Send the change
console-change-now = A test application changes as soon as you send this.
console-change-later = The change takes effect when it is approved; until then the application runs as before.
console-changed = The change is noted.
console-change-waits = Change that waits for approval
console-change-waits-about = Not in force yet. Somebody else than its author approves it.
console-next-key = The application has no key, so it cannot call the service yet.
console-next-approval = The identity authority has to approve it. There is nothing more for you to do.
console-next-suspended = The application is suspended: every request is refused. The reason stands under History.
console-next-closed = The application is closed and cannot be opened again.
console-suspend = Suspend
console-suspend-about = From now on every request of the application is refused, everywhere, within seconds.
console-suspended = The application is suspended.
console-resume = Let it go on
console-resumed = The application goes on.
console-close = Close for ever
console-close-about = It cannot be opened again. All tokens that were issued lose their force.
console-close-sure = I understand that it cannot be opened again
console-close-not-sure = Not closed: tick the box that confirms it first.
console-closed = The application is closed.
console-note = Reason
console-note-hint = The application's agency reads it.
console-event-proposed = Registered
console-event-change-proposed = Change proposed
console-event-approved = Approved
console-event-change-approved = Change approved
console-event-change-refused = Not approved
console-event-suspended = Suspended
console-event-resumed = Resumed
console-event-closed = Closed
console-event-key-added = Key added
console-event-key-removed = Key removed
console-event-secret-made = Secret made
console-event-secret-removed = Secret removed
console-event-registered = Registered by a program
console-event-registration-changed = Changed by a program

## Keys
console-keys = Public keys
console-keys-lead = We keep public keys only. The private key never leaves your server.
console-keys-none = No keys yet.
console-keys-add = Add keys
console-keys-added = { $count ->
    [one] Added { $count } key. In force everywhere within seconds.
   *[other] Added { $count } keys. In force everywhere within seconds.
  }
console-key-added = Added { $when }
console-key-show = Show the key
console-key-removed = The key is removed.
console-jwks = A key as JWK, or a set as JWKS
console-jwks-hint = Paste the JSON. Public keys only: ES256, EdDSA or PS256, with a kid.
console-keys-roll = Changing keys without a gap
console-keys-roll-1 = Add the new key beside the old one.
console-keys-roll-2 = Let your program sign with the new key, and look under Its errors.
console-keys-roll-3 = Remove the old key.
console-secrets = Secrets of the application
console-secrets-none = No secrets yet.
console-secret-make = Make a secret
console-secret-made = Made { $when }
console-secret-ends = Ends { $when }
console-secret-removed = The secret is removed.
console-secret-title = New secret
console-secret-once = The secret is shown on this page and never again. Copy it now to where your server keeps its secrets.
console-secret-until = Good until
console-secret-kept = I have copied it

## Errors
console-errors-lead = What your program did wrong in the last seven days, and how to mend it. The list renews itself.
console-errors-none = No errors
console-errors-none-about = When a request of the application is refused, the reason and the remedy stand here some seconds later.
console-errors-count = { $count ->
    [one] once in that hour
   *[other] { $count } times in that hour
  }
console-advice-identity = Check the client_id, and that the key or secret in use is one that stands under Keys.
console-advice-state = See the state under Overview: the application must be in use.
console-advice-ended = The time of the profile basic is over: move to FAPI 2.0, or change the application to ask for more time.
console-advice-way = Prove yourself in exactly one way: the one under Overview.
console-advice-assertion = Check the assertion: iss and sub are the client_id, aud is the issuer, exp at most five minutes away, the server's clock right, the kid under Keys.
console-advice-replay = Each jti counts once: make a new message for each request, also when you send it again.
console-advice-certificate = Check that the connection sends the registered certificate, and that a proxy in between hands it on.
console-advice-grant = Change the application under Overview to ask for this way to a token.
console-advice-twice = Two places use the same code or token. Each counts once; if it was not your program, treat it as leaked.
console-advice-code = A code lives for 60 seconds and only its own application can exchange it: do so at once.
console-advice-pkce = Send code_challenge with the method S256, keep code_verifier in the person's session, and send it with the exchange.
console-advice-refresh = It is over, or the person withdrew: let the person sign in again. Always keep the refresh token that came last.
console-advice-binding = Use the same DPoP key or certificate from the request of a token to its use.
console-advice-nonce = Not a mistake: take the nonce from the DPoP-Nonce header and send again. Libraries do so by themselves.
console-advice-proof = Check the DPoP proof: htm and htu are those of the request, iat is now, ath fits the token, exactly one DPoP header.
console-advice-redirect = redirect_uri must equal one under Overview letter by letter, a final slash included.
console-advice-push = Send the request to the PAR endpoint first, then send the browser on with the request_uri within 90 seconds.
console-advice-object = Sign the request with a registered key: iss is the client_id, aud is the issuer, with exp; no request or request_uri inside.
console-advice-rights = The application may not ask this yet: leave it out, or change the application to ask for the right.
console-advice-slow = Too many failures in a row from one address: stop for some minutes and mend the errors above first.
console-advice-token = An access token lives for five minutes: refresh it when it has run out, and use the right person's.
console-advice-person = The person refused, did not sign in, or does not reach the level that is asked. Offer them another way.
console-advice-ours = Our mistake, and noted. Try again in some seconds.
console-advice-shape = Compare the request with the protocol; a correct one stands under Snippets.

## Usage
console-usage-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
  }
console-usage-day = Day
console-usage-sign-in = Sign-ins
console-usage-refresh = Refreshed tokens
console-usage-client-token = Own tokens
console-usage-introspection = Introspections
console-usage-userinfo = Userinfo
console-usage-exchange = Exchanges
console-usage-refusal = Refused
console-usage-none = Not used yet
console-usage-none-about = Uses stand here about ten seconds after the application called the service.
console-usage-said = From { $first } to { $last }: { $sum } uses in all, at most { $most } on one day.

## Snippets
console-snippets-lead = Copy a piece, put the key where it belongs, run. The application's values are filled in.
console-snippet-discovery = Discovery
console-snippet-claims = To be sent as the parameter claims, because no scope is made of these alone.
console-snippet-not-fapi2 = This library cannot push requests and bind tokens to a key by itself yet, so it does not work with FAPI 2.0.
console-snippet-basic = Show the snippet for the profile basic

## Approving
console-approvals-title = To approve
console-approvals-lead = New applications and changes of old ones. Somebody else than their author approves them.
console-approvals-none = Nothing waits
console-approvals-none-about = When an agency registers or changes a real application, the proposal stands here.
console-approve = Approve
console-approve-title = Approve { $name }
console-approve-about = It takes effect at once, and the application meets people.
console-approve-own = You proposed this yourself, so somebody else has to approve it.
console-approved = Approved.
console-refuse = Refuse
console-refuse-new = The proposal is closed with the reason; the agency may register again.
console-refused = The proposal went back with your reason.
console-check = Worth a second look
console-check-basic = The profile basic is weaker than FAPI 2.0: are the reason and the last day sound?
console-check-number = It asks for the personal number: does the legal basis say so?
console-check-raw = It asks for raw data: would a yes or no do for the purpose?

## Test people
console-sandbox-title = Test people
console-sandbox-lead = Test applications only meet these people. Each stands for one case that must be handled.
console-sandbox-synthetic = None of them exists. Their personal numbers belong to nobody.
console-sandbox-tag = Does not exist
console-sandbox-name = Name
console-sandbox-about = Case
console-sandbox-place = Permanent residence
console-sandbox-level = Identity level
console-sandbox-how = How to use them
console-sandbox-how-1 = Register an application in the test environment and hand in a key.
console-sandbox-how-2 = Let the application send the browser here as with a real person.
console-sandbox-how-3 = On the page of the question, choose somebody of this list.
