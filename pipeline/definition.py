"""The pipeline: all nodes from Postgres to embeddings and a served model."""

from __future__ import annotations

from tfx.components import Transform
from tfx.orchestration import metadata
from tfx.orchestration.pipeline import Pipeline
from tfx.proto import transform_pb2

from components.embedding_check import EmbeddingCheck
from components.embedding_writer import EmbeddingWriter
from components.evaluator import Evaluator, Gate, eval_config
from components.example_gen.component import PostgresExampleGen
from components.example_validator import ExampleValidator, statistics_gen
from components.model_review.component import ModelReview
from components.moment.component import Moment
from components.pusher import Pusher
from components.quarantine.component import Quarantine
from components.release import Release
from components.release_fit.component import ReleaseFit
from components.resolvers.last_statistics import last_statistics_resolver
from components.resolvers.live_model import live_model_resolver
from components.resolvers.previous_release import last_release_resolver
from components.retrieval_evaluator.component import RetrievalEvaluator
from components.schema_import import SchemaImport
from components.trainer.component import Trainer
from pipeline import example_queries
from pipeline.beam import beam_args
from pipeline.code_hash import code_hash
from pipeline.hyper_parameters import train_settings
from pipeline.made_by import made_by
from pipeline.settings import DATABASE_URL, MODEL_SERVER_URL, PIPELINE_NAME, Settings
from schema.tfmd import EXAMPLES, schema_path

__all__ = ["create_pipeline"]

TRANSFORM = "components.transform.preprocessing"


def create_pipeline(settings: Settings, *, one_machine: bool = True) -> Pipeline:
    """The pipeline, with its nodes in the order of the data flow.

    Args:
        settings: of the run.
        one_machine: whether the readers can share a snapshot of the database, which the first
            node's process keeps open.
    """
    reading = code_hash("components.example_gen.component")
    graph = {"code": code_hash(TRANSFORM)}
    validating = code_hash("components.example_validator")
    training = train_settings(settings)

    moment = Moment(DATABASE_URL, settings.window_rule, str(settings.cut), shared=one_machine)
    quarantine = Quarantine(DATABASE_URL, str(settings.cut), settings.quarantine_limit)
    decisions = PostgresExampleGen(example_queries.decisions(settings), reading).with_id(
        "Decisions"
    )
    catalogue = PostgresExampleGen(example_queries.catalogue(settings), reading).with_id(
        "Catalogue"
    )
    users = PostgresExampleGen(example_queries.users(settings), reading).with_id("Users")
    eval_pairs = PostgresExampleGen(example_queries.eval_pairs(settings), reading).with_id(
        "EvalPairs"
    )
    ranking = PostgresExampleGen(example_queries.ranking(settings), reading).with_id("Ranking")
    popularity = PostgresExampleGen(example_queries.popularity(settings), reading).with_id(
        "Popularity"
    )
    for reader in (quarantine, decisions, catalogue, users, eval_pairs, ranking, popularity):
        reader.add_upstream_node(moment)

    decisions_schema = SchemaImport(str(schema_path("decisions"))).with_id("DecisionsSchema")
    catalogue_schema = SchemaImport(str(schema_path("catalogue"))).with_id("CatalogueSchema")
    pairs_schema = SchemaImport(str(schema_path("pairs"))).with_id("PairsSchema")
    decisions_statistics = statistics_gen(
        decisions.outputs["examples"], decisions_schema.outputs["schema"], EXAMPLES["decisions"]
    ).with_id("DecisionsStatistics")
    catalogue_statistics = statistics_gen(
        catalogue.outputs["examples"], catalogue_schema.outputs["schema"], EXAMPLES["catalogue"]
    ).with_id("CatalogueStatistics")
    last_decisions = last_statistics_resolver(decisions_statistics.outputs["statistics"]).with_id(
        "LastDecisionsStatistics"
    )
    last_catalogue = last_statistics_resolver(catalogue_statistics.outputs["statistics"]).with_id(
        "LastCatalogueStatistics"
    )
    decisions_validator = ExampleValidator(
        decisions_statistics.outputs["statistics"],
        decisions_schema.outputs["schema"],
        last_decisions.outputs["statistics"],
        settings.drift_factor,
        validating,
    ).with_id("DecisionsValidator")
    catalogue_validator = ExampleValidator(
        catalogue_statistics.outputs["statistics"],
        catalogue_schema.outputs["schema"],
        last_catalogue.outputs["statistics"],
        settings.drift_factor,
        validating,
    ).with_id("CatalogueValidator")

    user_graph = Transform(
        decisions.outputs["examples"],
        decisions_schema.outputs["schema"],
        preprocessing_fn=f"{TRANSFORM}.user_preprocessing_fn",
        splits_config=transform_pb2.SplitsConfig(analyze=["train"]),
        materialize=False,
        disable_statistics=True,
        disable_analyzer_cache=True,
        custom_config=graph,
    ).with_id("UserTransform")
    catalogue_graph = Transform(
        catalogue.outputs["examples"],
        catalogue_schema.outputs["schema"],
        preprocessing_fn=f"{TRANSFORM}.catalogue_preprocessing_fn",
        splits_config=transform_pb2.SplitsConfig(analyze=["all"]),
        materialize=False,
        disable_statistics=True,
        disable_analyzer_cache=True,
        custom_config=graph,
    ).with_id("CatalogueTransform")
    user_graph.add_upstream_node(decisions_validator)
    catalogue_graph.add_upstream_node(catalogue_validator)

    last_release = last_release_resolver(decisions.outputs["examples"], wanted=settings.warm_start)
    trainer = Trainer(
        examples=decisions.outputs["examples"],
        transform_graph=user_graph.outputs["transform_graph"],
        catalogue=catalogue.outputs["examples"],
        catalogue_graph=catalogue_graph.outputs["transform_graph"],
        ranking=ranking.outputs["examples"],
        popularity=popularity.outputs["examples"],
        last_release=last_release.outputs["model_run"],
        settings=training,
        code=code_hash("components.trainer.component"),
    )
    trainer.add_upstream_node(quarantine)
    live_model = live_model_resolver(trainer.outputs["model"], DATABASE_URL)
    evaluator = Evaluator(
        examples=eval_pairs.outputs["examples"],
        schema=pairs_schema.outputs["schema"],
        model=trainer.outputs["model"],
        baseline_model=live_model.outputs["model"],
        example_splits=["eval"],
        eval_config=eval_config(
            Gate(settings.auc_pr_floor, settings.auc_pr_tolerance, settings.eval_intervals)
        ),
        code=code_hash("components.evaluator"),
    )
    retrieval_evaluator = RetrievalEvaluator(
        model=trainer.outputs["model"],
        model_blessing=evaluator.outputs["blessing"],
        live_model=live_model.outputs["model"],
        users=ranking.outputs["examples"],
        popularity=popularity.outputs["examples"],
        catalogue=catalogue.outputs["examples"],
        code=code_hash("components.retrieval_evaluator.component"),
    )
    release_fit = ReleaseFit(
        model=trainer.outputs["model"],
        model_run=trainer.outputs["model_run"],
        examples=decisions.outputs["examples"],
        transform_graph=user_graph.outputs["transform_graph"],
        catalogue=catalogue.outputs["examples"],
        catalogue_graph=catalogue_graph.outputs["transform_graph"],
        ranking=ranking.outputs["examples"],
        popularity=popularity.outputs["examples"],
        pairs=eval_pairs.outputs["examples"],
        last_release=last_release.outputs["model_run"],
        settings=training,
        wanted=settings.refit,
        code=code_hash("components.release_fit.component"),
    )
    embedding_writer = EmbeddingWriter(
        model=release_fit.outputs["released"],
        model_blessing=retrieval_evaluator.outputs["blessing"],
        users=users.outputs["examples"],
        catalogue=catalogue.outputs["examples"],
        made_by=made_by(settings),
        database_url_env=DATABASE_URL,
    )
    pusher = Pusher(
        model=release_fit.outputs["released"],
        model_blessing=retrieval_evaluator.outputs["blessing"],
        base=str(settings.models),
        database_url_env=DATABASE_URL,
    )
    pusher.add_upstream_node(embedding_writer)
    embedding_check = EmbeddingCheck(
        model_blessing=retrieval_evaluator.outputs["blessing"],
        pushed_model=pusher.outputs["pushed_model"],
        users=users.outputs["examples"],
        catalogue=catalogue.outputs["examples"],
        database_url_env=DATABASE_URL,
        model_server_url_env=MODEL_SERVER_URL,
    )
    release = Release(
        model_blessing=retrieval_evaluator.outputs["blessing"],
        checks=embedding_check.outputs["checks"],
        base=str(settings.models),
        wanted=settings.release,
        mirror=settings.mirror,
        keep=settings.keep,
        database_url_env=DATABASE_URL,
    )
    model_review = ModelReview(
        model=trainer.outputs["model"],
        model_run=trainer.outputs["model_run"],
        evaluation=evaluator.outputs["evaluation"],
        ranking=retrieval_evaluator.outputs["evaluation"],
        model_blessing=retrieval_evaluator.outputs["blessing"],
        release_fit=release_fit.outputs["record"],
        release=release.outputs["release"],
        decisions_anomalies=decisions_validator.outputs["anomalies"],
        catalogue_anomalies=catalogue_validator.outputs["anomalies"],
        quarantine=quarantine.outputs["report"],
        decisions=decisions.outputs["examples"],
        decisions_statistics=decisions_statistics.outputs["statistics"],
        catalogue_statistics=catalogue_statistics.outputs["statistics"],
        last_decisions=last_decisions.outputs["statistics"],
        last_catalogue=last_catalogue.outputs["statistics"],
        page=str(settings.review_page),
        facets=str(settings.facets_wheel or ""),
        database_url_env=DATABASE_URL,
    )

    return Pipeline(
        pipeline_name=PIPELINE_NAME,
        pipeline_root=str(settings.folder / "pipeline_root"),
        components=[
            moment, quarantine, decisions, catalogue, users, eval_pairs, ranking, popularity,
            decisions_schema, catalogue_schema, pairs_schema,
            decisions_statistics, catalogue_statistics, last_decisions, last_catalogue,
            decisions_validator, catalogue_validator,
            user_graph, catalogue_graph, last_release, trainer,
            live_model, evaluator, retrieval_evaluator, release_fit, embedding_writer, pusher,
            embedding_check, release, model_review,
        ],
        enable_cache=True,
        metadata_connection_config=metadata.sqlite_metadata_connection_config(
            str(settings.metadata)
        ),
        beam_pipeline_args=beam_args(settings),
    )  # fmt: skip
