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
 * @param idDropout share of the known ids, in [0, 1], that training shows as out of vocabulary
 */
public record Field(
    String name, FieldKind kind, String table, int tableRows, Pooling pooling, double idDropout)
    implements Serializable {
  /** Id of padding, and of a value that is missing. */
  public static final int PADDING_ID = 0;

  /** Id of a value that the vocabulary does not hold; larger ids are known values. */
  public static final int UNKNOWN_ID = 1;

  public Field {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(table, "table");
    Objects.requireNonNull(pooling, "pooling");
    if (tableRows < 1) {
      throw new IllegalArgumentException(
          "Cannot define field " + name + ": table rows must be positive (" + tableRows + ")");
    }
    if (!(idDropout >= 0 && idDropout <= 1)) {
      throw new IllegalArgumentException(
          "Cannot define field " + name + ": id dropout must lie in [0, 1] (" + idDropout + ")");
    }
  }

  /** A field that shows all its ids. */
  public Field(String name, FieldKind kind, String table, int tableRows, Pooling pooling) {
    this(name, kind, table, tableRows, pooling, 0);
  }

  /** The same field with another share of hidden ids. */
  public Field withIdDropout(double share) {
    return new Field(name, kind, table, tableRows, pooling, share);
  }

  public static Field categorical(String name, int tableRows) {
    return new Field(name, FieldKind.CATEGORICAL, name, tableRows, Pooling.MEAN);
  }

  public static Field numeric(String name) {
    return new Field(name, FieldKind.NUMERIC, name, 1, Pooling.MEAN);
  }
}
