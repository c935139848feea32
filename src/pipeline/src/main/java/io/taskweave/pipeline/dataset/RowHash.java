package io.taskweave.pipeline.dataset;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.BoundReference;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.IsNull;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.XxHash64;
import org.apache.spark.sql.types.StructType;
import scala.collection.JavaConverters;

/**
 * The hash that {@link PartitionContent} sums, of rows that pass by: no second reading is needed to
 * describe what is written.
 */
final class RowHash {
  private final UnsafeProjection hash;

  /**
   * @param schema of the rows in their declared order
   */
  RowHash(StructType schema) {
    List<Expression> content = new ArrayList<>();
    for (int column = 0; column < schema.length(); column++) {
      Expression value = new BoundReference(column, schema.apply(column).dataType(), true);
      content.add(value);
      content.add(new IsNull(value));
    }
    hash = UnsafeProjection.create(new XxHash64(JavaConverters.asScalaBuffer(content).toSeq()));
  }

  long of(InternalRow row) {
    return hash.apply(row).getLong(0);
  }
}
