"""Pages, the JSON API and live events over HTTP."""
