## Errors
credential-not-found = There is no such document.
credential-forbidden = You may not do this with a document.
credential-other-document = This id was already given to another document.
credential-not-in-force = This document was already replaced or revoked.
credential-damaged = The stored file is not the one that was signed. We do not hand it out.
credential-too-large = The file is too large. A document may have at most { $max } MB.
credential-no-key = Documents cannot be signed right now. Please try again later.
credential-invalid = Something is not right. Please check the fields.
credential-reason-required = Give the reason why the document is revoked.
credential-reason-too-long = The reason is too long. Write at most { $max } characters.
credential-sha256-shape = A SHA-256 hash has 64 hexadecimal digits (0–9, a–f).
credential-cursor-shape = This is no place in the list. Open the list from its beginning.
