"""What commands, admin and pages call. Arguments by keyword; one transaction for each change."""
