"""The application: layers and routes, in the order in which a request meets them."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from anyio import to_thread
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from serving.api.body import Body
from serving.api.guard import Guard
from serving.api.health import Look
from serving.api.keys import Keys
from serving.api.limits import Rate
from serving.api.metrics import Metrics
from serving.api.observed import Observed
from serving.api.openapi import VERSION, complete
from serving.api.page import router as page
from serving.api.port import Recommender
from serving.api.problems import respond
from serving.api.queue import Places, Queue
from serving.api.request_log import RequestLog
from serving.api.routes import events, health, people, recommendations, similar, versions
from serving.api.settings import Settings

__all__ = ["create_app"]

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def create_app(recommender: Recommender, settings: Settings) -> FastAPI:
    """The service over `recommender`, which the caller closes."""
    places = Places(settings.workers, settings.queue)
    metrics = Metrics(places)
    app = FastAPI(
        title="Two-tower recommender", version=VERSION, docs_url=None, redoc_url=None,
        lifespan=_workers(settings.workers), redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        exception_handlers={RequestValidationError: respond, HTTPException: respond},
    )  # fmt: skip
    app.include_router(page())
    app.include_router(health.router(Look(recommender.health), metrics))
    app.include_router(recommendations.router(recommender, metrics))
    app.include_router(similar.router(recommender, metrics))
    app.include_router(versions.router(recommender))
    app.include_router(events.router(recommender))
    app.include_router(people.router(recommender))
    _add_layers(app, settings, places, metrics)
    complete(app)
    return app


def _add_layers(app: FastAPI, settings: Settings, places: Places, metrics: Metrics) -> None:
    """The innermost first."""
    app.add_middleware(Queue, places=places)
    app.add_middleware(Body)
    keys, rate = Keys(settings.key_hashes), Rate(settings.rate)
    app.add_middleware(Guard, keys=keys, rate=rate, hosts=_hosts(settings))
    app.add_middleware(Observed, metrics=metrics, log=RequestLog())


def _hosts(settings: Settings) -> tuple[str, ...]:
    """Names that may stand in the Host header; none: any."""
    if settings.hosts:
        return tuple(name.lower() for name in settings.hosts)
    try:
        loopback = ipaddress.ip_address(settings.host).is_loopback
    except ValueError:
        loopback = settings.host == "localhost"
    return (*_LOOPBACK, settings.host) if loopback else ()


def _workers(number: int) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Threads of this application's plain endpoints."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = number
        yield

    return lifespan
