package io.taskweave.bench;

import static org.apache.spark.sql.functions.expr;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageContext;
import io.taskweave.pipeline.dataset.StageResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;

/**
 * A log of ten days in the shape of {@link TikTokShape}: text tokens of which the first are the
 * most frequent, one in a hundred authors missing.
 */
final class SyntheticLog implements Stage {
  static final String VALID_FROM = "2026-01-09";
  static final String TEST_FROM = "2026-01-10";

  private final Path output;
  private final long rows;

  SyntheticLog(Path output, long rows) {
    this.output = output;
    this.rows = rows;
  }

  @Override
  public String name() {
    return "import";
  }

  @Override
  public Path output() {
    return output;
  }

  @Override
  public List<Path> inputs() {
    return List.of();
  }

  @Override
  public SortedMap<String, String> settings() {
    return new TreeMap<>(Map.of("rows", Long.toString(rows)));
  }

  @Override
  public StageResult run(StageContext context) {
    List<Column> columns = new ArrayList<>();
    columns.add(expr("id AS " + SampleColumns.SAMPLE_ID));
    columns.add(expr("1767225600000 + id * 864000000 div " + rows + " AS " + SampleColumns.TIME));
    for (int f = 0; f < TikTokShape.FIELDS.size(); f++) {
      String field = TikTokShape.FIELDS.get(f);
      String token =
          String.format(
              "concat('%s', cast(floor(%d * pow(%s, 3)) AS bigint))",
              field, TikTokShape.VOCABULARIES.get(f), uniform(field));
      String missing = field.equals("author") ? uniform("missing") + " < 0.01" : "false";
      columns.add(expr(String.format("if(%s, null, %s) AS %s", missing, token, field)));
    }
    columns.add(expr("cast(" + uniform("finish") + " < 0.4 AS int) AS finish"));
    columns.add(expr("cast(" + uniform("like") + " < 0.01 AS int) AS like"));
    columns.add(
        expr(
            "concat('2026-01-', lpad(cast(1 + id * 10 div "
                + rows
                + " AS string), 2, '0')) AS dt"));
    return context.writeRows(
        context.spark().range(rows).select(columns.toArray(Column[]::new)),
        JsonNodeFactory.instance.objectNode());
  }

  /** In [0, 1), by row and name. */
  static String uniform(String name) {
    return "(shiftrightunsigned(xxhash64(id, '"
        + name
        + "'), 11) * double('1.1102230246251565E-16'))";
  }
}
