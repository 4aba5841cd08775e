"""Compiles the backend against the torch that is installed beside it."""  # noqa: INP001 - a source package, no part of Coevo's

import os

from setuptools import setup  # type: ignore[import-untyped] # reason: it is there where torch is
from torch.utils.cpp_extension import BuildExtension, CppExtension

os.environ.setdefault("MAX_JOBS", "1")
setup(
    ext_modules=[
        CppExtension(
            "coevo_simacc._backend",
            ["csrc/backend.cpp"],
            include_dirs=["csrc"],
            extra_compile_args=["-std=c++20", "-O1", "-g0"],
        )
    ],
    cmdclass={"build_ext": BuildExtension.with_options(use_ninja=False)},
)
