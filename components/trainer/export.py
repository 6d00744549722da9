"""The SavedModel: weights once, the graphs of both sides, and one signature per contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tensorflow as tf

from components.trainer.edge import write_edge_files
from components.trainer.inputs.encoder import Encoder
from components.trainer.model.towers import UserTower, VideoTower
from components.trainer.model.two_tower import Tables, TwoTower
from components.trainer.warm_up import write_warm_up
from components.transform.raw import parse_raw, signature_of
from schema import signatures as names
from schema.feature import Column, Side
from schema.features import model_inputs

__all__ = ["ServedModel", "export"]


class ServedModel(tf.Module):
    """Owns encoders, item embeddings and towers: no optimizer, no training catalogue."""

    def __init__(self, users: Encoder, videos: Encoder, model: TwoTower) -> None:
        """Shares the trained variables of `model`."""
        super().__init__()
        self._users, self._videos = users, videos
        self._items = model.item_embedding
        # What histories are pooled over, content included: the fit computes it at every step.
        tables = zip(("trained", "closed"), model.tables(), strict=True)
        self._tables = Tables(
            *(tf.Variable(values, trainable=False, name=f"{name}_table") for name, values in tables)
        )
        # Not the whole part: it also holds vectors of the catalogue and their table once more.
        self._closed_part = (
            [part.items, part.weights_of_means, part.weight_of_exposure]
            if (part := model.closed_part) is not None
            else []
        )
        self._user_tower, self._video_tower = model.user_tower, model.video_tower
        self._scale, self._bias = model.scale, model.bias
        self._user_input, self._video_input = model.user_input, model.video_input
        self._score = model.score

    def user_features(self, **raw: tf.Tensor) -> dict[str, tf.Tensor]:
        """Raw user features to [batch, width]."""
        return {names.FEATURES: self._user_input(self._users(raw), self._tables)}

    def video_features(self, **raw: tf.Tensor) -> dict[str, tf.Tensor]:
        """Raw video features to [batch, width]."""
        return {names.FEATURES: self._video_input(self._videos(raw))}

    def user_tower(self, features: tf.Tensor) -> dict[str, tf.Tensor]:
        """[batch, width] to [batch, 768]."""
        return {names.EMBEDDING: self._user_tower(features)}

    def video_tower(self, features: tf.Tensor) -> dict[str, tf.Tensor]:
        """[batch, width] to [batch, 768]."""
        return {names.EMBEDDING: self._video_tower(features)}

    def user_embedding(self, **raw: tf.Tensor) -> dict[str, tf.Tensor]:
        """Raw user features to [batch, 768]."""
        return self.user_tower(**self.user_features(**raw))

    def user_start(self, **raw: tf.Tensor) -> dict[str, tf.Tensor]:
        """Raw user features to [batch, 768] with the gate, the last feature, at 0."""
        features = self.user_features(**raw)[names.FEATURES]
        closed = tf.concat([features[:, :-1], tf.zeros_like(features[:, -1:])], axis=1)
        return self.user_tower(closed)

    def video_embedding(self, **raw: tf.Tensor) -> dict[str, tf.Tensor]:
        """Raw video features to [batch, 768]."""
        return self.video_tower(**self.video_features(**raw))

    def score(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        """[batch] serialized pairs to [batch] probabilities of a like."""
        user = self.user_embedding(**parse_raw(examples, model_inputs(Side.USER)))
        video = self.video_embedding(**parse_raw(examples, model_inputs(Side.VIDEO)))
        cosine = tf.reduce_sum(user[names.EMBEDDING] * video[names.EMBEDDING], axis=1)
        return {names.PREDICTION: self._score(cosine)}


def export(model: TwoTower, users: Encoder, videos: Encoder, folder: str, version: int) -> None:
    """Writes the SavedModel and, in `assets.extra`, its version and what other runtimes read."""
    served = ServedModel(users, videos, model)
    user, video = model_inputs(Side.USER), model_inputs(Side.VIDEO)
    signatures = {
        names.SERVING_DEFAULT: _concrete(served.user_embedding, user),
        names.VIDEO_EMBEDDING: _concrete(served.video_embedding, video),
        names.USER_FEATURES: _concrete(served.user_features, user),
        names.VIDEO_FEATURES: _concrete(served.video_features, video),
        names.USER_TOWER: _dense(served.user_tower, model.user_tower),
        names.VIDEO_TOWER: _dense(served.video_tower, model.video_tower),
        names.SCORE: tf.function(served.score).get_concrete_function(
            examples=tf.TensorSpec([None], tf.string, name="examples")
        ),
    }
    if model.closed_part is not None:
        signatures[names.USER_START] = _concrete(served.user_start, user)
    # A served model has no gradients, and a sparse product's own cannot be saved.
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
    tf.saved_model.save(served, folder, signatures=signatures, options=options)
    path = Path(folder) / names.VERSION_FILE
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{version}\n")
    write_warm_up(Path(folder))
    write_edge_files(model, users, videos, Path(folder), version)


def _concrete(method: Any, columns: tuple[Column, ...]) -> Any:
    return tf.function(method).get_concrete_function(**signature_of(columns))


def _dense(method: Any, tower: UserTower | VideoTower) -> Any:
    spec = tf.TensorSpec([None, tower.width], tf.float32, name=names.FEATURES)
    return tf.function(method).get_concrete_function(features=spec)
