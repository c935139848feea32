package io.taskweave.pipeline.validate;

import io.taskweave.pipeline.importing.AsOf;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampType;

/**
 * What a contract promises about one column.
 *
 * @param logicalType of the standard, such as {@code integer}; empty if any type will do
 * @param physicalType as Spark writes it in SQL; empty if any will do
 * @param format of a {@code date} that is stored as a text
 * @param allowedValues as texts; empty if every value is allowed
 * @param asOf until when the values were known, for a column that was joined to the log
 */
record PromisedColumn(
    String name,
    String logicalType,
    String physicalType,
    boolean required,
    Range range,
    OptionalInt minimumLength,
    OptionalInt maximumLength,
    Optional<String> pattern,
    Optional<String> format,
    List<String> allowedValues,
    Optional<ColumnRole> role,
    Optional<AsOf> asOf) {
  /** Smallest and largest allowed number; exclusive ones are not allowed themselves. */
  record Range(
      OptionalDouble minimum,
      OptionalDouble maximum,
      OptionalDouble exclusiveMinimum,
      OptionalDouble exclusiveMaximum) {}

  PromisedColumn {
    allowedValues = List.copyOf(allowedValues);
  }

  boolean isNumeric() {
    return logicalType.equals("integer") || logicalType.equals("number");
  }

  /** Whether values of a Spark type keep the promise of the types. */
  boolean allows(DataType found) {
    boolean logical =
        switch (logicalType) {
          case "integer" -> found instanceof IntegralType;
          case "number" -> found instanceof NumericType || found instanceof DecimalType;
          case "string" -> found instanceof StringType;
          case "boolean" -> found instanceof BooleanType;
          case "date" -> found instanceof DateType || found instanceof StringType;
          case "timestamp" -> found instanceof TimestampType;
          case "array" -> found instanceof ArrayType;
          case "object" -> found instanceof StructType;
          default -> true;
        };
    return logical && (physicalType.isEmpty() || physicalType.equals(found.sql()));
  }

  /** The promised type in words. */
  String typeText() {
    return physicalType.isEmpty() ? logicalType : logicalType + " (" + physicalType + ")";
  }
}
