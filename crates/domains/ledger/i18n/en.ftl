ledger-not-found = There is no such access in the log. If it happened just now, try again in a few seconds.
ledger-not-yours = Only a citizen can see who looked at their own data.
ledger-broken = The log is being checked, so no proof can be given for the moment. Try again later.
ledger-signing = The log cannot be signed for the moment. We have taken note of this fault.
ledger-cursor = The address of this page is not right. Go back to the beginning of the list.
