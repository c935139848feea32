package io.taskweave.pipeline.feature;

import io.taskweave.core.sample.FieldKind;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.execution.ColumnarToRowExec;
import org.apache.spark.sql.execution.ProjectExec;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.WholeStageCodegenExec;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import scala.collection.JavaConverters;

/**
 * A log as the scan of its files gives it: batches of columns, in which tokens that a file repeats
 * are numbers of its dictionaries. The rows that Spark makes of them hold every token as text.
 */
public final class LogBatches {
  private final SparkPlan scan;

  private LogBatches(SparkPlan scan) {
    this.scan = scan;
  }

  /**
   * Asks a question of a log, of its batches if a scan makes the rows.
   *
   * @param query names the columns that it reads
   */
  public static Dataset<Row> ask(Dataset<Row> log, UnaryOperator<Dataset<Row>> query) {
    Dataset<Row> answer = query.apply(log);
    if (!isScan(log)) {
      return answer;
    }
    Set<String> names = columnsOf(answer);
    return query.apply(
        IdBatches.rows(log.sparkSession(), of(log, names).orElseThrow(), names, List.of()));
  }

  /** Whether nothing but a scan makes the rows. */
  static boolean isScan(Dataset<Row> log) {
    return of(log, List.of(log.columns())).isPresent();
  }

  /** The names of what is read of files for rows. */
  static Set<String> columnsOf(Dataset<Row> rows) {
    Set<String> names = new HashSet<>();
    for (SparkPlan leaf :
        JavaConverters.seqAsJavaList(rows.queryExecution().sparkPlan().collectLeaves())) {
      JavaConverters.seqAsJavaList(leaf.output()).forEach(column -> names.add(column.name()));
    }
    return names;
  }

  /**
   * Nothing if more than a scan makes the rows.
   *
   * @param names of columns to read
   */
  static Optional<LogBatches> of(Dataset<Row> log, Collection<String> names) {
    SparkPlan plan =
        log.select(names.stream().map(LogColumns::quoted).toArray(Column[]::new))
            .queryExecution()
            .executedPlan();
    SparkPlan rows = plan instanceof WholeStageCodegenExec code ? code.child() : plan;
    SparkPlan unselected =
        rows instanceof ProjectExec project && isSelection(project) ? project.child() : rows;
    return unselected instanceof ColumnarToRowExec toRows
        ? Optional.of(new LogBatches(toRows.child()))
        : Optional.empty();
  }

  private static boolean isSelection(ProjectExec project) {
    return JavaConverters.seqAsJavaList(project.projectList()).stream()
        .allMatch(Attribute.class::isInstance);
  }

  /** Whether the values of a field's column are the tokens that {@link FieldValues#token} gives. */
  static boolean holdsTokens(Dataset<Row> log, FieldPlan plan) {
    return plan.kind() == FieldKind.CATEGORICAL
        && plan.derivation() == Derivation.NONE
        && Arrays.asList(log.columns()).contains(plan.column())
        && ColumnTokens.isReadable(log.schema().apply(plan.column()).dataType());
  }

  /** Of the batches: the columns to read, in any order, and maybe others. */
  StructType schema() {
    return scan.schema();
  }

  JavaRDD<ColumnarBatch> batches() {
    return scan.executeColumnar().toJavaRDD();
  }
}
