from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from lively import LivelyServices, attempt, cell_state, job
from lively_commits import HEADS
from playwright.sync_api import Page
from serving import served

from dashboard.web.app import create_app
from matrix.status import Role, Status
from matrix.verdict import State
from orchestrator.commit_views import Commit, CommitPage
from orchestrator.views import CellPage, Face, Label, RunSummary, ServerStatus
from runners.work import CaseResult, Component, Fact, MetricValue

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
CALLS = ("alert(1)", "confirm(1)", "prompt(1)", "document.body.dataset.pwned=1", "print()")
SHAPES = (
    "<script>{0}</script>",
    "<img src=x onerror={0}>",
    '"><svg onload={0}>',
    "'><body onload={0}>",
    "javascript:{0}",
    '"onmouseover="{0}" autofocus onfocus="{0}',
    "</title><script>{0}</script>",
    "</pre></code><iframe srcdoc='<script>{0}</script>'>",
    "<a href='javascript:{0}' autofocus>x</a>",
    "<style>@import 'http://127.0.0.1:9/x';</style><form action=javascript:{0}>",
    "{{{{{0}}}}}{{% raw %}}<!--<script>{0}//-->",
    "\u202e<\u200bscript>{0}<\x00/script>\x1b]8;;javascript:{0}\x07",
)
PAYLOADS = tuple(shape.format(call) for shape in SHAPES for call in CALLS)
GROUPS = tuple(zip(*[iter(PAYLOADS)] * 2 * len(CALLS), strict=True))
PAGES = (
    "/",
    "/m/default/cells/cloud-a/gpu",
    "/m/default/jobs",
    "/m/default/jobs/7",
    "/m/default/jobs/7/log",
    "/m/default/runs",
    "/m/default/runs/12",
    "/m/default/at",
    f"/m/default/at/vllm/{HEADS[2]}",
    "/runners",
    "/runners/here",
)
ELEMENTS = "document.querySelectorAll('*').length"


LENGTH = 800  # the same for all: a long fact is folded, which takes more elements


class Poisoned(LivelyServices):
    """A vendor that writes the same evil text into every field it has."""

    evil: str = "harmless"

    def poison(self, evil: str) -> None:
        """Fill every field."""
        self.evil = evil
        self.view = replace(
            self.view,
            matrix=Label("default", evil),
            sites=tuple(Label(site.name, evil) for site in self.view.sites),
            accelerators=tuple(Label(one.name, evil) for one in self.view.accelerators),
            faces=tuple(map(self._face, self.view.faces)),
            changes=tuple(
                one._replace(suite=evil, stack=evil, before=evil, after=evil, site=evil)
                for one in self.view.changes
            ),
            run=self.run("default", 12),
        )
        tried = replace(
            attempt(2),
            runner=evil,
            node=evil,
            reason=evil,
            note=evil,
            last_lines=(evil, evil),
        )
        bad = replace(
            job(7),
            name=evil,
            suite=evil,
            stack=evil,
            reason=evil,
            owner=evil,
            cause=evil,
            repeat=evil,
            parameters=((evil, evil),),
            attempts=(tried,),
        )
        self.all_jobs = (bad,)
        self.all_cases = (
            CaseResult(evil, Status.FAIL, 1.0, evil, evil, evil, f'{{"x": "{len(evil)}"}}', evil),
            CaseResult("detail", Status.FAIL, detail=evil),
        )
        self.report_view = replace(
            self.report_view,
            metrics=(MetricValue(evil, evil, evil, (1.0, 2.0), evil),),
            facts=(Fact(evil, evil, evil),),
            observed=(Component(evil, evil, evil, evil),),
            locked=((evil, evil),),
        )
        self.all_runners = (
            replace(
                self.all_runners[0],
                label=evil,
                owner=evil,
                kind=evil,
                state=evil,
                offers=(((evil, evil),),),
                facts=(Fact(evil, evil, evil),),
                running=(bad,),
                recent=(bad,),
            ),
        )
        self.logs = {102: (evil + "\n").encode("utf-8", "replace")}
        self.state = ServerStatus(ready=False, doing=(evil,), problems=(evil,))
        self.why = evil
        self.happen()

    def commits(self, matrix: str, component: str | None) -> tuple[Commit, ...] | None:
        return tuple(map(self._commit, super().commits(matrix, component) or ()))

    def commit_page(
        self, matrix: str, component: str, head: str, against: str
    ) -> CommitPage | None:
        found = super().commit_page(matrix, component, head, against)
        if found is None or found.against is None:
            return None
        evil = {"name": self.evil, "suite": self.evil, "stack": self.evil, "reason": self.evil}
        return replace(
            found,
            matrix=Label("default", self.evil),
            grid=self.view,
            commit=self._commit(found.commit),
            against=self._commit(found.against),
            trunk=tuple(map(self._commit, found.trunk)),
            verdicts=tuple(replace(one, **evil) for one in found.verdicts),
            shifts=tuple(replace(one, name=self.evil) for one in found.shifts),
        )

    def _commit(self, one: Commit) -> Commit:
        return replace(one, component=self.evil, repository=self.evil, base=self.evil)

    def _face(self, one: Face) -> Face:
        return replace(
            one,
            site=Label(one.site.name, self.evil),
            accelerator=Label(one.accelerator.name, self.evil),
            reason=self.evil,
            runner=self.evil,
        )

    def _cell(self, shown: Face) -> CellPage:
        rows = tuple(
            replace(
                cell_state(self.evil, state, role),
                stack=self.evil,
                reason=self.evil,
                unmet=self.evil,
                cell=(("site", "x"), (self.evil, self.evil)),
            )
            for state, role in ((State.FAILING, Role.HEADLINE), (State.INFRA, Role.WATCH))
        )
        return replace(super()._cell(shown), states=rows)

    def run(self, matrix: str, run: int) -> RunSummary | None:
        found = super().run(matrix, run)
        return replace(found, trigger=self.evil, note=self.evil) if found else None


def test_sixty_payloads_are_sixty() -> None:
    assert len(set(PAYLOADS)) == 60


def test_no_payload_in_any_field_of_any_page_becomes_code(
    browser: object, troubles: list[str]
) -> None:
    services = Poisoned()
    with served(create_app(services)) as url:
        page: Page = browser.new_page(reduced_motion="reduce")  # type: ignore[attr-defined] # a Browser
        troubles.watch(page)  # type: ignore[attr-defined] # a Troubles
        services.poison("harmless".ljust(LENGTH, "."))
        sizes = {path: _visited(page, url + path) for path in PAGES}
        for payloads in GROUPS:
            services.poison(" ".join(payloads).ljust(LENGTH, "."))
            for path in PAGES:
                assert _visited(page, url + path) == sizes[path], (path, payloads)
        page.close()
    assert troubles == []


def _visited(page: Page, address: str) -> int:
    """How many elements the page has; it must know nothing of the payload's doings."""
    page.goto(address, wait_until="domcontentloaded")
    assert page.evaluate("document.body.dataset.pwned") is None
    return int(page.evaluate(ELEMENTS))


Open = Callable[..., Page]


def test_the_policy_is_really_in_force(opened: Open, troubles: list[str]) -> None:
    page = opened("/")
    refused = page.evaluate(
        """() => new Promise((resolve) => {
          addEventListener('securitypolicyviolation', (one) => resolve(one.violatedDirective));
          const picture = document.createElement('img');
          picture.src = 'https://example.invalid/x.png';
          document.body.append(picture);
        })"""
    )
    assert refused == "img-src"
    assert len(troubles) == 1
    troubles.clear()
