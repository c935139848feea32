package io.taskweave.pipeline.importing;

import java.io.Serializable;
import java.util.Objects;

/**
 * A column of a table.
 *
 * @param name unique within its table
 * @param type what every cell must hold; an empty cell is null in each of them
 */
public record TableColumn(String name, Type type) implements Serializable {
  /** Types of cells, by their Spark names. */
  public enum Type {
    STRING("string"),
    INT("int"),
    LONG("bigint"),
    DOUBLE("double"),
    /**
     * Paths of categories: JSON lists of names, {@code [["A", "B"], ["A", "C"]]}, or one path
     * {@code A|C}. The column gets the last name of the last path, {@code C}.
     */
    CATEGORY_PATHS("string");

    private final String sparkName;

    Type(String sparkName) {
      this.sparkName = sparkName;
    }

    public String sparkName() {
      return sparkName;
    }
  }

  public TableColumn {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(type, "type");
  }
}
