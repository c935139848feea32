package io.taskweave.pipeline.feature;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.taskweave.core.progress.Progress;
import io.taskweave.pipeline.LocalSpark;
import io.taskweave.pipeline.dataset.Manifest;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageContext;
import io.taskweave.pipeline.dataset.StageResult;
import io.taskweave.pipeline.dataset.StageRunner;
import io.taskweave.pipeline.split.SplitRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** A log that a test fills, publishes and encodes. */
final class FeatureLog {
  static final StructType SCHEMA =
      new StructType()
          .add("sample_id", DataTypes.LongType)
          .add("time", DataTypes.LongType)
          .add("user.id", DataTypes.StringType)
          .add("item", DataTypes.StringType)
          .add("last item", DataTypes.StringType)
          .add("tag", DataTypes.StringType)
          .add("hourmin", DataTypes.IntegerType)
          .add("length", DataTypes.DoubleType)
          .add("click", DataTypes.IntegerType)
          .add("like", DataTypes.IntegerType)
          .add("weight", DataTypes.DoubleType)
          .add("dt", DataTypes.StringType);

  private final java.nio.file.Path folder;
  private final List<Row> rows = new ArrayList<>();

  FeatureLog(java.nio.file.Path folder) {
    this.folder = folder;
  }

  /** In training c occurs three times as an item, b and d once; e in the test part only. */
  static FeatureLog tiny(java.nio.file.Path folder) {
    FeatureLog log = new FeatureLog(folder);
    log.add(1, "u1", "c", "a", "x,y", 5, 1.0, 1, 1, "2024-01-01");
    log.add(2, "u1", "c", "a", "y", 905, 2.0, 0, 0, "2024-01-01");
    log.add(3, "u2", "c", null, "", 2359, 3.0, 0, null, "2024-01-01");
    log.add(4, "u2", "b", "b", null, 1000, 4.0, 1, 0, "2024-01-01");
    log.add(5, "u3", "d", "zz", " y , z ", null, 5.0, 0, 0, "2024-01-01");
    log.add(6, "u4", "b", "c", "x", 1200, 9.0, 1, 0, "2024-01-02");
    log.add(7, "u1", "e", "e", "q,x", 1200, 0.5, 1, 1, "2024-01-03");
    return log;
  }

  FeatureLog add(
      long id,
      String user,
      String item,
      String last,
      String tag,
      Integer hourmin,
      Double length,
      Integer click,
      Integer like,
      String day) {
    rows.add(
        RowFactory.create(
            id, 1000L, user, item, last, tag, hourmin, length, click, like, id / 2.0, day));
    return this;
  }

  static FeaturePlan plan(FieldPlan... fields) {
    return plan(FeaturePlan.DEFAULT_BROADCAST_LIMIT, List.of(), fields);
  }

  /**
   * @param days as in {@link FeaturePlan}
   */
  static FeaturePlan plan(long broadcastLimit, List<String> days, FieldPlan... fields) {
    return new FeaturePlan(
        "user.id",
        "item",
        List.of(fields),
        List.of(new TaskPlan("click", "click"), new TaskPlan("like", "like")),
        "weight",
        3,
        new SplitRule.ByDate("dt", "2024-01-02", "2024-01-03"),
        days,
        false,
        broadcastLimit);
  }

  Dataset<Row> rows() {
    return LocalSpark.session().createDataFrame(rows, SCHEMA);
  }

  /** Publishes the log and its samples. */
  Manifest encode(FeaturePlan plan) {
    StageRunner runner = new StageRunner(LocalSpark.session(), Progress.NONE);
    runner.run(new Log(), true);
    return runner.run(new FeatureStage(plan, path("log"), samplesPath()), true).manifest();
  }

  Path samplesPath() {
    return path("samples");
  }

  Path path(String name) {
    return new Path(folder.resolve(name).toString());
  }

  FeatureEncoder encoder() {
    return FeatureEncoder.open(samplesPath());
  }

  Dataset<Row> samples() {
    return FeatureStage.samples(LocalSpark.session(), samplesPath());
  }

  Map<String, Integer> vocabulary(String table) {
    Dataset<Row> all = Vocabulary.read(LocalSpark.session(), encoder().folder());
    return Vocabulary.ofTable(all, table).collectAsList().stream()
        .collect(Collectors.toMap(row -> row.getString(0), row -> row.getInt(1)));
  }

  /** Values of every feature, by field and sample id. */
  Map<String, Map<Long, Object>> features() {
    Dataset<Row> samples = samples();
    Map<String, Map<Long, Object>> features = new TreeMap<>();
    List<String> columns =
        Arrays.stream(samples.columns()).filter(name -> name.startsWith("feature_")).toList();
    for (Row row : samples.collectAsList()) {
      for (String column : columns) {
        int place = row.fieldIndex(column);
        Object value =
            row.get(place) instanceof scala.collection.Seq<?> ? row.getList(place) : row.get(place);
        features
            .computeIfAbsent(column.substring("feature_".length()), field -> new TreeMap<>())
            .put(row.<Long>getAs("sample_id"), value);
      }
    }
    return features;
  }

  private final class Log implements Stage {
    @Override
    public String name() {
      return "import";
    }

    @Override
    public Path output() {
      return path("log");
    }

    @Override
    public List<Path> inputs() {
      return List.of();
    }

    @Override
    public SortedMap<String, String> settings() {
      return new TreeMap<>();
    }

    @Override
    public StageResult run(StageContext context) {
      return context.writeRows(rows(), JsonNodeFactory.instance.objectNode());
    }
  }
}
