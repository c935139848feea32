package io.taskweave.core.sample;

/** How a field enters a model. */
public enum FieldKind {
  /** One id a sample; one row of an embedding table. */
  CATEGORICAL,
  /** Any number of ids a sample; their rows are pooled. */
  MULTI_VALUED,
  /** One finite number a sample; it scales one learned vector. */
  NUMERIC
}
