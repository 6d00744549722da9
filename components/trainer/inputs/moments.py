"""Training examples: a row is a moment, (user, timestamp); rows of a user are in time order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from components.trainer.inputs.batch import Batch
from components.trainer.inputs.catalogue import Catalogue
from components.trainer.inputs.encoder import Encoder, encode_age
from components.trainer.settings import TrainSettings
from components.transform.raw import Raw, parse_raw
from schema.arrays import Int64
from schema.example_columns import AGES, LABELS, PAIR_VIDEOS, SAMPLING_PROBABILITIES
from schema.feature import Column, Feature, Side, columns
from schema.features import USER_ID, model_inputs

__all__ = [
    "Moments",
    "batches",
    "encoded_rows",
    "evenly",
    "first_rows",
    "load_moments",
    "part_of",
    "sampling_probability",
    "some_rows",
    "together",
]

EXAMPLES_PER_BATCH = 1024

Columns = dict[str, npt.NDArray[Any]]


class Moments(NamedTuple):
    """All moments of one window.

    Attributes:
        rows: the tensors of a Batch without `targets`, [rows, …] each.
        first_row: [users] int32, the first row of each user.
        rows_of: [users] int32, how many rows each user has.
        likes: [likes] int32 rows of the catalogue, by user and time.
        first_like: [rows] int32, index in `likes` of the first like at or after this row.
        likes_left: [rows] int32, number of likes of the user at or after this row.
        users: [users] ids, ascending.
    """

    rows: dict[str, tf.Tensor]
    first_row: tf.Tensor
    rows_of: tf.Tensor
    likes: tf.Tensor
    first_like: tf.Tensor
    likes_left: tf.Tensor
    users: npt.NDArray[Any]


def load_moments(files: Sequence[str], encoder: Encoder, catalogue: Catalogue) -> Moments:
    """Moments of one window, or of several together; files come in the order of time."""
    pair = (PAIR_VIDEOS, LABELS, SAMPLING_PROBABILITIES, AGES)
    read = encoded_rows(files, encoder, (USER_ID, *pair))
    users = read.pop(USER_ID.name)
    order = np.argsort(users, kind="stable")
    # A column is freed before the next is sorted: they are as large as everything else together.
    rows = {name: tf.constant(read.pop(name)[order]) for name in list(read)}
    return _moments(
        users[order],
        {
            "dense": rows["dense"],
            "histories": rows["histories"],
            "pair_videos": catalogue.rows(rows[PAIR_VIDEOS.name]),
            "labels": rows[LABELS.name],
            "sampling_probabilities": rows[SAMPLING_PROBABILITIES.name],
            "ages": encode_age(rows[AGES.name]),
        },
    )


def together(first: Moments, then: Moments) -> Moments:
    """Two windows as one, the second the later one."""
    users = np.concatenate([_user_of_rows(window) for window in (first, then)])
    order = np.argsort(users, kind="stable")
    places = np.argsort(order)
    rows = {
        name: tf.constant(_merged(first.rows[name], then.rows[name], places)) for name in first.rows
    }
    return _moments(users[order], rows)


def part_of(moments: Moments, ends: Int64) -> Moments:
    """The rows of each user before its row `ends`, [users]; what comes later is no target."""
    counts = moments.rows_of.numpy()
    kept = np.arange(counts.sum()) < np.repeat(ends, counts)
    users = _user_of_rows(moments)[kept]
    rows = {name: tf.constant(values.numpy()[kept]) for name, values in moments.rows.items()}
    return _moments(users, rows)


def _moments(users: npt.NDArray[Any], rows: Mapping[str, npt.ArrayLike | tf.Tensor]) -> Moments:
    """From the rows of a Batch and the user of each; a user's rows are adjacent."""
    videos = np.asarray(rows["pair_videos"])
    liked = (videos >= 0) & (np.asarray(rows["labels"]) > 0)
    first_row, rows_of = first_rows(users)
    first_like, likes_left = _likes_left(users, liked.sum(axis=1))
    return Moments(
        rows={name: tf.convert_to_tensor(values) for name, values in rows.items()},
        first_row=tf.constant(first_row, tf.int32),
        rows_of=tf.constant(rows_of, tf.int32),
        likes=tf.constant(videos[liked], tf.int32),
        first_like=tf.constant(first_like, tf.int32),
        likes_left=tf.constant(likes_left, tf.int32),
        users=users[first_row],
    )


def _user_of_rows(moments: Moments) -> npt.NDArray[Any]:
    return np.repeat(moments.users, moments.rows_of.numpy())


def _merged(first: tf.Tensor, then: tf.Tensor, places: Int64) -> npt.NDArray[Any]:
    """The rows of both at their [rows] places; the narrower is padded with -1, which is no video.

    Each row is copied once: the histories are the largest part of a fit's memory.
    """
    parts = [part.numpy() for part in (first, then)]
    width = max(part.shape[-1] for part in parts)
    rows = np.full((len(places), *parts[0].shape[1:-1], width), -1, parts[0].dtype)
    for part, own in zip(parts, np.split(places, [len(parts[0])]), strict=True):
        rows[own, ..., : part.shape[-1]] = part
    return rows


def encoded_rows(files: Sequence[str], encoder: Encoder, beside: tuple[Feature, ...]) -> Columns:
    """[rows, …] each: the user side as `dense` and `histories`, and the features `beside`, raw."""
    kept = columns(beside)

    @tf.function
    def encode(serialized: tf.Tensor) -> Raw:
        raw = parse_raw(serialized, (*model_inputs(Side.USER), *kept))
        user = encoder(raw)
        own = {"dense": user.dense, "histories": user.videos}
        return {**own, **{column.name: raw[column.name] for column in kept}}

    dataset = tf.data.TFRecordDataset(list(files), "GZIP").batch(EXAMPLES_PER_BATCH)
    parts = list(dataset.map(encode, tf.data.AUTOTUNE).as_numpy_iterator())
    lists = {column.name: column for column in kept if column.is_list}
    return {
        name: _whole([part.pop(name) for part in parts], lists.get(name)) for name in [*parts[0]]
    }


def _whole(parts: list[npt.NDArray[Any]], column: Column | None) -> npt.NDArray[Any]:
    """The parts as one array; those of a list are widened first."""
    return np.concatenate(_same_width(parts, column) if column else parts)


def _same_width(parts: list[npt.NDArray[Any]], column: Column) -> list[npt.NDArray[Any]]:
    """Pads [rows, n] parts to the largest n."""
    width = max(part.shape[1] for part in parts)
    absent = column.absent.encode() if isinstance(column.absent, str) else column.absent
    return [
        np.pad(part, ((0, 0), (0, width - part.shape[1])), constant_values=absent) for part in parts
    ]


def first_rows(users: npt.NDArray[Any]) -> tuple[Int64, Int64]:
    """[users] first row and [users] number of rows of each user, whose rows are adjacent."""
    starts = np.flatnonzero(np.append(True, users[1:] != users[:-1]))
    return starts, np.diff(np.append(starts, len(users)))


def _likes_left(users: npt.NDArray[Any], likes: Int64) -> tuple[Int64, Int64]:
    """[rows] likes of all rows before each, and [rows] likes from each to its user's last row."""
    before = np.cumsum(likes) - likes
    starts, counts = first_rows(users)
    ends = np.add.reduceat(likes, starts) + before[starts]
    return before, np.repeat(ends, counts) - before


def batches(moments: Moments, settings: TrainSettings) -> tf.data.Dataset:
    """One epoch in batches: random moments of each user, each with some of the likes that follow.

    `settings` has their numbers: `moments_per_user`, `targets`, `batch_size`.
    """
    users = int(moments.first_row.shape[0])
    each = settings.moments_of_each(users)
    order = tf.data.Dataset.range(users).repeat(each)
    order = order.shuffle(users * each, seed=settings.seed).take(settings.epoch_most)

    def take(chosen: tf.Tensor) -> Batch:
        first, count = tf.gather(moments.first_row, chosen), tf.gather(moments.rows_of, chosen)
        row = first + _below(count, [])
        begin, left = tf.gather(moments.first_like, row), tf.gather(moments.likes_left, row)
        place = begin[:, tf.newaxis] + _below(left[:, tf.newaxis], [settings.targets])
        last = tf.size(moments.likes) - 1
        targets = tf.gather(moments.likes, tf.minimum(place, last))
        batch = {name: tf.gather(value, row) for name, value in moments.rows.items()}
        return {**batch, "targets": tf.where(left[:, tf.newaxis] > 0, targets, -1)}

    return order.batch(settings.batch_size).map(take).prefetch(2)


def sampling_probability(moments: Moments, size: int) -> tf.Tensor:
    """[size] float32 sampling probability of each video; the least observed if never sampled."""
    present = moments.rows["pair_videos"] >= 0
    rows = tf.boolean_mask(moments.rows["pair_videos"], present)
    observed = tf.boolean_mask(moments.rows["sampling_probabilities"], present)
    least = tf.fill([size], tf.reduce_min(observed))
    return tf.tensor_scatter_nd_max(least, rows[:, tf.newaxis], observed)


def some_rows(moments: Moments, size: int, most: int) -> tf.data.Dataset:
    """Batches of `size` of up to `most` evenly spaced rows, without `targets`. Deterministic."""
    rows = evenly(int(moments.likes_left.shape[0]), most)
    chosen = {name: tf.gather(value, rows) for name, value in moments.rows.items()}
    return tf.data.Dataset.from_tensor_slices(chosen).batch(size)


def evenly(count: int, most: int) -> Int64:
    """Up to `most` evenly spaced indices of range(count), both ends included. Deterministic."""
    return np.unique(np.linspace(0, count - 1, min(most, count)).astype(np.int64))


def _below(counts: tf.Tensor, shape: list[int]) -> tf.Tensor:
    """[n, *shape] int32 uniform integers below each of the [n, …] counts."""
    target = tf.concat([tf.shape(counts)[:1], shape], 0)
    drawn = tf.random.uniform(tf.cast(target, tf.int32)) * tf.cast(counts, tf.float32)
    return tf.minimum(tf.cast(drawn, tf.int32), tf.maximum(counts - 1, 0))
