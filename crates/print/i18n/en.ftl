print-too-long = The document is too long to be printed.
print-verify-url = The address for verifying the document is not valid.
print-template = The document could not be printed because its template is wrong.
