"""Which provider makes a suite's environment: its image, what the runner brings, or uv."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from runners.environments.bindings import Binding, Bindings, Kind
from runners.environments.image import ImageProvider
from runners.environments.provider import Prepared, Provider, Shell, Unprepared
from runners.environments.python import PythonProvider, program
from runners.environments.shelf import Kept, remove
from runners.environments.uv import UvProvider


@dataclass(frozen=True, slots=True)
class Choice:
    """The providers of a runner whose environments lie under `home`."""

    home: Path
    bindings: Bindings

    def of(self, suite: str, image: str = "") -> Provider:
        """The provider for a suite: the image that it names goes before what is brought for it."""
        if image:
            return self.image(image)
        bound = self.bindings.of(suite)
        return self.brought(bound) if bound else UvProvider(self.home, self.bindings.sources)

    def brought(self, bound: Binding) -> Provider:
        """The provider of what the owner has made."""
        match bound.kind:
            case Kind.PYTHON:
                return PythonProvider(self.home, Path(bound.target))
            case Kind.IMAGE:
                return self.image(bound.target)

    def kept(self, one: Kept) -> tuple[Provider, Prepared]:
        """An environment on the shelf and what looks into it; this is no use of it.

        Raises Unprepared where it stands for something that is gone.
        """
        provider = one.record.provider if one.record else ""
        origin = one.record.origin.partition("\n")[0] if one.record else ""
        if provider == "python":
            python = program(Path(origin))
            return PythonProvider(self.home, python), Prepared(one.folder, python, python.parent)
        if provider == "image":
            image = self.image(origin)
            name = Path("python3")
            return image, Prepared(one.folder, name, Path(), container=image.container())
        programs = one.folder / "bin"
        return UvProvider(self.home), Prepared(one.folder, programs / "python", programs)

    async def drop(self, one: Kept, shell: Shell) -> bool:
        """Take an environment away, with an image that was pulled for it; whether it went.

        Not one that was used since, or is just being built.
        """
        if not remove(one.folder, one.used):
            return False
        if one.record is not None and one.record.pulled:
            with suppress(Unprepared):
                await self.image(one.record.origin).drop(shell)
        return True

    def image(self, ref: str) -> ImageProvider:
        """The provider of an image, which is pulled where it is not there."""
        return ImageProvider(self.home, ref, self.bindings.engine, self.bindings.engine_options)
