"""The TFX Trainer with more inputs: the catalogue, what it ranks by, and a fit to begin with."""

from __future__ import annotations

import json
from typing import Any

from tfx.components.trainer import executor
from tfx.dsl.components.base import base_component, executor_spec
from tfx.proto import trainer_pb2
from tfx.types import (
    Channel,
    artifact_utils,
    component_spec,
    standard_artifacts,
    standard_component_specs,
)
from tfx.utils import io_utils

from components.node.lineage import mark_fit
from components.trainer.settings import TrainSettings

__all__ = ["Trainer"]

RUN_FN = "components.trainer.fit.run_fn"
CATALOGUE = "catalogue"
CATALOGUE_GRAPH = "catalogue_graph"
RANKING = "ranking"
POPULARITY = "popularity"
LAST_RELEASE = "last_release"


class _Spec(standard_component_specs.TrainerSpec):
    INPUTS = {  # noqa: RUF012
        **standard_component_specs.TrainerSpec.INPUTS,
        CATALOGUE: component_spec.ChannelParameter(type=standard_artifacts.Examples),
        CATALOGUE_GRAPH: component_spec.ChannelParameter(type=standard_artifacts.TransformGraph),
        RANKING: component_spec.ChannelParameter(type=standard_artifacts.Examples),
        POPULARITY: component_spec.ChannelParameter(type=standard_artifacts.Examples),
        LAST_RELEASE: component_spec.ChannelParameter(
            type=standard_artifacts.ModelRun, optional=True
        ),
    }


class _Executor(executor.GenericExecutor):
    """Hands `run_fn` the catalogue's paths beside what TFX's own Trainer hands it."""

    def Do(  # noqa: N802
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Fits, and says on the ModelRun what was fitted on."""
        super().Do(input_dict, output_dict, exec_properties)
        (run,), (examples,) = output_dict["model_run"], input_dict["examples"]
        mark_fit(run, examples)

    def _GetFnArgs(  # noqa: N802
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> Any:
        arguments = super()._GetFnArgs(input_dict, output_dict, exec_properties)
        arguments.custom_config = {
            **arguments.custom_config,
            **{
                name: io_utils.all_files_pattern(
                    artifact_utils.get_split_uri(input_dict[name], split)
                )
                for name, split in ((CATALOGUE, "all"), (RANKING, "valid"), (POPULARITY, "eval"))
            },
            CATALOGUE_GRAPH: artifact_utils.get_single_uri(input_dict[CATALOGUE_GRAPH]),
            LAST_RELEASE: next((run.uri for run in input_dict.get(LAST_RELEASE, ())), None),
        }
        return arguments


class Trainer(base_component.BaseComponent):
    """Fits both towers; the cache key holds the settings and the hash of the sources.

    Args:
        examples: decisions, splits `train` and `valid`.
        transform_graph: of the user side.
        catalogue: every video.
        catalogue_graph: of the video side.
        ranking: users as of the beginning of the valid window, to choose by, split `valid`.
        popularity: how often each video was decided on before the eval window, split `eval`.
        last_release: the ModelRun of a release to begin with; may be none.
        settings: hyper-parameters.
        code: hash of the sources that decide the result.
    """

    SPEC_CLASS = _Spec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)

    def __init__(
        self,
        examples: Channel,
        transform_graph: Channel,
        catalogue: Channel,
        catalogue_graph: Channel,
        ranking: Channel,
        popularity: Channel,
        last_release: Channel,
        settings: TrainSettings,
        code: str,
    ) -> None:
        spec = _Spec(
            examples=examples,
            transform_graph=transform_graph,
            catalogue=catalogue,
            catalogue_graph=catalogue_graph,
            ranking=ranking,
            popularity=popularity,
            last_release=last_release,
            train_args=trainer_pb2.TrainArgs(splits=["train"]),
            eval_args=trainer_pb2.EvalArgs(splits=["valid"]),
            run_fn=RUN_FN,
            custom_config=json.dumps({"settings": settings.to_json(), "code": code}),
            model=Channel(type=standard_artifacts.Model),
            model_run=Channel(type=standard_artifacts.ModelRun),
        )
        super().__init__(spec=spec)
