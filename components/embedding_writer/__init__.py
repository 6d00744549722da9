"""EmbeddingWriter: every user and every video through their towers, into pgvector."""
