package io.taskweave.core.sample;

import java.io.Serializable;
import java.util.Objects;

/**
 * One id that every event of a sequence has, such as its item or its category.
 *
 * @param name unique within a sequence
 * @param table the embedding table it reads; attributes and fields with the same table share rows
 * @param tableRows rows of that table, padding row 0 and out-of-vocabulary row 1 included
 * @param target the categorical field that says the same of the sample's target, such as the item
 *     shown; it reads the same table. Null if the target has nothing that corresponds, as for the
 *     kind of an action
 */
public record SequenceAttribute(String name, String table, int tableRows, String target)
    implements Serializable {
  public SequenceAttribute {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(table, "table");
    if (tableRows < 1) {
      throw new IllegalArgumentException(
          "Cannot define attribute " + name + ": table rows must be positive (" + tableRows + ")");
    }
  }

  /** An attribute that the target has too, in the given field. */
  public static SequenceAttribute like(String name, Field target) {
    return new SequenceAttribute(name, target.table(), target.tableRows(), target.name());
  }
}
