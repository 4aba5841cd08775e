"""Files that jobs hand to each other: which there are, and their bytes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import FileResponse, Response

from dashboard.web.api_artifact_models import HandedAnswer
from dashboard.web.api_read import REFUSALS, answer
from dashboard.web.desk import AtDesk
from dashboard.web.pages_jobs import found_job
from dashboard.web.parameters import Name, RowId
from dashboard.web.problems import missing

router = APIRouter(prefix="/api/v1", tags=["read"], responses=REFUSALS)
FileName = Annotated[str, Path(max_length=200)]


@router.get(
    "/m/{matrix}/jobs/{job}/artifacts", response_model=HandedAnswer, summary="A job's files"
)
def artifacts(desk: AtDesk, matrix: Name, job: RowId) -> Response:
    """Who feeds a job, whom it feeds, and what it made for them."""

    def build() -> HandedAnswer:
        found_job(desk, matrix, job)
        return answer(desk, HandedAnswer, desk.services.handed(job))

    return desk.data(build)


@router.get(
    "/m/{matrix}/jobs/{job}/artifacts/{kind}/{name}",
    response_class=FileResponse,
    summary="The bytes of a file that a job made",
)
def artifact(desk: AtDesk, matrix: Name, job: RowId, kind: Name, name: FileName) -> Response:
    """One file, as the job left it."""
    found_job(desk, matrix, job)
    files = desk.services.handed(job).files
    file = next((one for one in files if (one.kind, one.name) == (kind, name)), None)
    place = desk.services.artifact(file.digest) if file and file.is_kept else None
    if file is None or place is None:
        raise missing(f"{kind} of that name from job {job}", "it may no longer be kept")
    return FileResponse(
        place,
        media_type="application/octet-stream",
        filename=file.name,
        headers={"ETag": f'"{file.digest}"'},
    )
