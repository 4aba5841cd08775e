"""What people and bots see: pages, the JSON API, live events and the `coevo` command."""
