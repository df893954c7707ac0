"""The web application: the providers' callbacks, the page that ends e-mails, and the questions of a health check."""
