"""What pages, admin, API and commands call. Arguments by keyword, one transaction each."""
