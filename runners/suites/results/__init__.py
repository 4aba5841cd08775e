"""Result files of other tools, read into what a suite says; docs/suites.md lists the formats."""
