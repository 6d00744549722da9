"""The same pipeline for Kubeflow Pipelines v2 and Vertex AI, as their intermediate representation.

`python -m pipeline.orchestrators.kubeflow > pipeline.json` compiles; nothing is submitted.

Two things of TFX have no counterpart there. Resolvers with a strategy of their own: the last run's
statistics and the last release are left out, and the live model is the last blessed one. Drivers:
no result is cached, since fingerprints and "always run" are drivers', and the readers fill their
queries themselves.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from pipeline.beam_options import LOCAL
from pipeline.plan.nodes import RESOLVERS
from pipeline.settings import Settings, from_environment
from schema.errors import SetupError, TwoTowerError

__all__ = ["compile_pipeline", "kubeflow_pipeline"]

NAME = "two-tower"
"""Kubeflow allows no underscore in a pipeline's name."""
LAST_BLESSED = "LastBlessedModel"


def compile_pipeline(settings: Settings) -> dict[str, Any]:
    """The PipelineJob with the intermediate representation, as JSON has it.

    Raises:
        SetupError: kfp is not installed, or there is no image.
    """
    if not settings.kubeflow_image:
        wanted = "KUBEFLOW_IMAGE, a container image with this package"
        raise SetupError(wanted, "none", "build pipeline/Dockerfile, push it and name it")
    try:
        from tfx.orchestration.kubeflow.v2 import kubeflow_v2_dag_runner as kubeflow
    except ImportError as error:
        advice = "install the extra `kubeflow` of this package"
        raise SetupError("kfp", f'"{error}"', advice) from error
    config = kubeflow.KubeflowV2DagRunnerConfig(default_image=settings.kubeflow_image)
    runner = kubeflow.KubeflowV2DagRunner(config)
    job: dict[str, Any] = runner.run(kubeflow_pipeline(settings), write_out=False)
    return job


def kubeflow_pipeline(settings: Settings) -> Any:
    """`create_pipeline`'s, without what Kubeflow has no counterpart for."""
    from pipeline.definition import create_pipeline

    pipeline = create_pipeline(settings.replaced(runner=LOCAL), one_machine=False)
    pipeline.pipeline_info.pipeline_name = NAME
    pipeline.pipeline_info.pipeline_root = settings.kubeflow_root or str(
        settings.folder / "pipeline_root"
    )
    pipeline.enable_cache = False
    last_blessed = _last_blessed()
    pipeline.beam_pipeline_args.clear()  # its nodes have them already
    nodes = [_without_resolver(node, last_blessed) for node in pipeline.components]
    pipeline.components = [last_blessed, *(node for node in nodes if node)]
    return pipeline


def _last_blessed() -> Any:
    from tfx.dsl.components.common.resolver import Resolver
    from tfx.dsl.input_resolution.strategies import latest_blessed_model_strategy as strategy
    from tfx.types import Channel
    from tfx.types.standard_artifacts import Model, ModelBlessing

    return Resolver(
        strategy_class=strategy.LatestBlessedModelStrategy,
        model=Channel(type=Model),
        model_blessing=Channel(type=ModelBlessing),
    ).with_id(LAST_BLESSED)


def _without_resolver(node: Any, last_blessed: Any) -> Any | None:
    """The node, or None for a resolver, whose followers then take nothing or the last blessed."""
    if node.id not in RESOLVERS:
        return node
    for follower in list(node.downstream_nodes):
        follower.remove_upstream_node(node)
        for name, channel in list(follower.spec.inputs.items()):
            if channel.producer_component_id != node.id:
                continue
            del follower.spec.inputs[name]
            if node.id == "LiveModel":
                follower.spec.inputs[name] = last_blessed.outputs["model"]
    for before in list(node.upstream_nodes):
        node.remove_upstream_node(before)
    return None


def main() -> None:
    """Write the job to standard output."""
    job = compile_pipeline(from_environment())
    sys.stdout.write(json.dumps(job, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    try:
        main()
    except TwoTowerError as error:
        sys.exit(str(error))
