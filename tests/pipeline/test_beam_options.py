"""RUNNER, BEAM_WORKERS and BEAM_OPTIONS: what Beam gets, and what is refused before a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.beam import BEAM_ARGS, beam_args, beam_digest
from pipeline.settings import Settings, from_environment
from schema.errors import SetupError

COMMON = ["--sdk_container_image=none", "--no_pipeline_type_check"]
FLINK = (
    "--runner=FlinkRunner --flink_master=http://127.0.0.1:8081 --flink_job_server_jar=/jars/b.jar"
    " --environment_type=EXTERNAL --environment_config=127.0.0.1:50000 --parallelism=2"
)


def test_by_default_every_pipeline_runs_in_the_node_itself() -> None:
    assert beam_args(Settings()) == ["--runner=FnApiRunner", *COMMON] == [*BEAM_ARGS]
    assert beam_digest(Settings()) == ""


def test_options_follow_our_own_and_may_name_another_runner() -> None:
    assert beam_args(from_environment({"BEAM_OPTIONS": "--job_name=a"})) == [
        *BEAM_ARGS, "--job_name=a",
    ]  # fmt: skip
    given = from_environment({"BEAM_OPTIONS": FLINK})
    assert beam_args(given) == [*COMMON, *FLINK.split()]
    assert len(beam_digest(given)) == 16
    assert beam_digest(given) != beam_digest(Settings(beam_options="--job_name=a"))


def test_beam_reads_the_options_as_they_are_given() -> None:
    from apache_beam.options.pipeline_options import (
        FlinkRunnerOptions,
        PipelineOptions,
        PortableOptions,
        StandardOptions,
    )

    options = PipelineOptions(beam_args(Settings(beam_options=FLINK)))
    assert options.view_as(StandardOptions).runner == "FlinkRunner"
    assert options.view_as(FlinkRunnerOptions).parallelism == 2
    assert options.view_as(PortableOptions).environment_config == "127.0.0.1:50000"


def test_an_option_with_blanks_is_quoted_as_in_a_shell() -> None:
    given = """--environment_type=PROCESS --environment_config='{"command": "/opt/boot"}'"""
    assert beam_args(Settings(beam_options=given))[-1] == (
        '--environment_config={"command": "/opt/boot"}'
    )


def test_workers_are_found_at_a_socket_in_the_run_s_folder(tmp_path: Path) -> None:
    given = Settings(folder=tmp_path, runner="workers", beam_workers=3, beam_options="--job_name=a")
    assert beam_args(given) == [
        "--runner=pipeline.workers.runner.WorkersRunner", "--environment_type=EXTERNAL",
        f"--environment_config={tmp_path}/workers.sock", "--direct_num_workers=3", *COMMON,
        "--job_name=a",
    ]  # fmt: skip


@pytest.mark.tfx
def test_a_reader_translates_to_the_form_that_a_job_server_takes() -> None:
    """Its step is pickled there, and its environment is the one of the options."""
    import apache_beam as beam
    from apache_beam.options.pipeline_options import PipelineOptions, PortableOptions
    from apache_beam.portability.api import beam_runner_api_pb2
    from apache_beam.transforms.environments import Environment

    from components.example_gen.executor import KeyRange, ReadKeyRange

    options = PipelineOptions(beam_args(Settings(beam_options=FLINK)))
    pipeline = beam.Pipeline("FnApiRunner", options=options)
    work = [KeyRange("SELECT 1", "", "", "shard")]
    _ = pipeline | beam.Create(work) | "Read" >> beam.ParDo(ReadKeyRange("DATABASE_URL", ""))
    environment = Environment.from_options(options.view_as(PortableOptions))
    translated = pipeline.to_runner_api(default_environment=environment)
    used = {one.environment_id for one in translated.components.transforms.values()} - {""}
    (name,) = used
    found = translated.components.environments[name]
    assert found.urn == "beam:env:external:v1"
    payload = beam_runner_api_pb2.ExternalPayload
    assert payload.FromString(found.payload).endpoint.url == "127.0.0.1:50000"
    assert "Read" in {one.unique_name for one in translated.components.transforms.values()}


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        (
            {"BEAM_OPTIONS": "--flink_mastr=h:8081"},
            "expected options of Beam in BEAM_OPTIONS, got --flink_mastr: write --flink_master",
        ),
        (
            {"BEAM_OPTIONS": "--xyzzy_plugh"},
            "expected options of Beam in BEAM_OPTIONS, got --xyzzy_plugh: remove it",
        ),
        (
            {"BEAM_OPTIONS": "--parallelism=many"},
            'expected values that Beam takes, got "argument --parallelism: invalid int value:'
            " 'many'\": change BEAM_OPTIONS",
        ),
        (
            {"BEAM_OPTIONS": "--job_name a"},
            "expected BEAM_OPTIONS of the form --name=value, separated by blanks, got 'a':"
            " write --name=value for --name value",
        ),
        (
            {"BEAM_OPTIONS": "--job_name='a"},
            "expected BEAM_OPTIONS of the form --name=value, separated by blanks, got"
            ' "No closing quotation": close the quote',
        ),
        (
            {"BEAM_OPTIONS": "--runner=StormRunner"},
            'expected a runner StormRunner of Beam, got "Unexpected pipeline runner: StormRunner',
        ),
        (
            {"BEAM_OPTIONS": "--runner=DataflowRunner"},
            'expected what DataflowRunner needs, got "Missing',
        ),
        (
            {"BEAM_OPTIONS": "--runner=FlinkRunner", "RUNNER": "workers"},
            "expected one runner, with RUNNER=workers, got --runner=FlinkRunner in BEAM_OPTIONS"
            " too: unset one of them",
        ),
        (
            {"RUNNER": "flink"},
            "expected RUNNER local or workers, got 'flink': name others in BEAM_OPTIONS",
        ),
        ({"BEAM_WORKERS": "0"}, "expected BEAM_WORKERS of 1 or more, got 0: change it"),
    ],
)  # fmt: skip
def test_what_beam_cannot_take_ends_before_a_run(environment: dict[str, str], line: str) -> None:
    with pytest.raises(SetupError) as caught:
        from_environment(environment)
    assert str(caught.value).startswith(line)
