package io.taskweave.core.sample;

import java.io.Serializable;
import java.util.Objects;

/**
 * One input of a model.
 *
 * @param name unique within a layout
 * @param kind how it enters the model
 * @param table the embedding table it reads; fields with the same table share its rows
 * @param tableRows rows of that table, padding row 0 and out-of-vocabulary row 1 included; 1 for a
 *     numeric field
 * @param pooling for a multi-valued field; {@link Pooling#MEAN} otherwise
 */
public record Field(String name, FieldKind kind, String table, int tableRows, Pooling pooling)
    implements Serializable {
  public Field {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(table, "table");
    Objects.requireNonNull(pooling, "pooling");
    if (tableRows < 1) {
      throw new IllegalArgumentException(
          "Cannot define field " + name + ": table rows must be positive (" + tableRows + ")");
    }
  }

  public static Field categorical(String name, int tableRows) {
    return new Field(name, FieldKind.CATEGORICAL, name, tableRows, Pooling.MEAN);
  }

  public static Field numeric(String name) {
    return new Field(name, FieldKind.NUMERIC, name, 1, Pooling.MEAN);
  }
}
