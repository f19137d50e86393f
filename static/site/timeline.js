// The timeline of the protocol editor; without it the page is a form.
