"""A job's results as the reports that other tools read; docs/suites.md says what each keeps."""
