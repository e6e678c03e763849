"""The service for any WSGI server: `gunicorn wsgi:application`. Importing it is the start."""

from pathlib import Path

from searchsvc.settings import Settings
from searchsvc.web.app import create_app

application = create_app(Settings.load(root=Path(__file__).parent))
