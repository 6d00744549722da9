"""The model as other runtimes read it: ONNX, safetensors and JSON beside the SavedModel."""

from components.trainer.edge.files import write_edge_files

__all__ = ["write_edge_files"]
