"""Runs the pages without a server, as whoever the cookies say: for tests."""

from dataclasses import dataclass
from pathlib import Path
from unittest.mock import PropertyMock, patch

from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

MAIN = Path(__file__).parent / "main.py"


@dataclass
class Visitor:
    """A browser: its cookies, and the page it looks at."""

    cookies: dict[str, str]
    page: str | None = None

    def look(self) -> AppTest:
        """Open the page anew and return what it shows."""
        test = AppTest.from_file(str(MAIN), default_timeout=60)
        self.run(test)
        if self.page is not None:
            self.run(test.switch_page(f"views/{self.page}.py"))
        return test

    def run(self, test: AppTest) -> AppTest:
        """Run the page once more as this visitor."""
        with patch.object(ContextProxy, "cookies", new_callable=PropertyMock, return_value=self.cookies):
            test.run()
        assert not test.exception, test.exception
        return test


def shown(test: AppTest) -> str:
    """Return all the HTML and text a page shows."""
    return "\n".join(str(block.proto.body) for block in test.get("html")) + "\n".join(m.value for m in test.markdown)
