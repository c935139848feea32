package io.taskweave.engine.scoring;

import io.taskweave.core.format.ModelFile;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.engine.training.RunFiles;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;

/**
 * Score columns, each with the task and the weights that it comes from. Weights that are equal, as
 * those of a task whose own best epoch is the common one, are held and run once.
 */
final class ScoreSources implements Serializable {
  private static final long serialVersionUID = 1;

  private final List<String> columns = new ArrayList<>();
  private final List<Integer> tasks = new ArrayList<>();
  private final List<Integer> sources = new ArrayList<>();
  private final List<Broadcast<float[]>> weights = new ArrayList<>();

  private ScoreSources() {}

  static ScoreSources read(
      SparkSession spark, Path best, ModelFile model, Scorer.Selection selection) {
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    JavaSparkContext context = new JavaSparkContext(spark.sparkContext());
    List<String> names = model.samples().tasks();
    ScoreSources sources = new ScoreSources();
    if (selection != Scorer.Selection.OWN_EPOCH) {
      int common =
          sources.hold(context, Scorer.read(hadoop, new Path(best, RunFiles.WEIGHTS), model));
      for (int task = 0; task < names.size(); task++) {
        sources.add(SampleColumns.score(names.get(task)), task, common);
      }
    }
    if (selection != Scorer.Selection.COMMON_EPOCH) {
      for (int task = 0; task < names.size(); task++) {
        String name = names.get(task);
        int own = sources.hold(context, Scorer.read(hadoop, RunFiles.ofTask(best, name), model));
        sources.add(
            selection == Scorer.Selection.BOTH
                ? SampleColumns.ownEpochScore(name)
                : SampleColumns.score(name),
            task,
            own);
      }
    }
    return sources;
  }

  private int hold(JavaSparkContext context, float[] values) {
    for (int held = 0; held < weights.size(); held++) {
      if (Arrays.equals(weights.get(held).value(), values)) {
        return held;
      }
    }
    weights.add(context.broadcast(values));
    return weights.size() - 1;
  }

  private void add(String column, int task, int source) {
    columns.add(column);
    tasks.add(task);
    sources.add(source);
  }

  List<String> columns() {
    return columns;
  }

  int taskOf(int column) {
    return tasks.get(column);
  }

  int weightsOf(int column) {
    return sources.get(column);
  }

  List<float[]> weights() {
    return weights.stream().map(Broadcast::value).toList();
  }
}
