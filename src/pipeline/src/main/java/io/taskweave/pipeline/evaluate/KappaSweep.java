package io.taskweave.pipeline.evaluate;

import static org.apache.spark.sql.functions.abs;
import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.when;

import io.taskweave.core.group.FeedbackGroups;
import io.taskweave.core.metric.MetricRecord;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.pipeline.group.UserGroups;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * AUC on comparable users, and on the others with feedback, for several values of kappa: whether a
 * finding on comparable samples hangs on the choice of kappa. One scan over the predictions
 * measures all of them, without intervals.
 */
public final class KappaSweep {
  private static final String OTHERS = "not-comparable";
  private static final String SEPARATOR = "@";

  private final List<String> tasks;
  private final String split;
  private final List<Double> kappas;

  /**
   * @param split the one to measure
   * @param kappas each 1 or more
   */
  public KappaSweep(List<String> tasks, String split, List<Double> kappas) {
    this.tasks = List.copyOf(tasks);
    this.split = split;
    this.kappas = List.copyOf(kappas);
  }

  /**
   * Measures in the order of pairs, kappas, groups and tasks.
   *
   * @param predictions as {@link Evaluation#measure} reads them
   * @param groups columns {@code user, pair, rho, group}
   */
  public List<KappaRecord> measure(Dataset<Row> predictions, Dataset<Row> groups) {
    if (kappas.isEmpty()) {
      return List.of();
    }
    Dataset<Row> feedback =
        groups.filter(col(UserGroups.GROUP).notEqual(FeedbackGroups.NO_FEEDBACK));
    EvaluationPlan plan = new EvaluationPlan(tasks, List.of(split), List.of(), 0, 0, 0);
    List<MetricRecord> measured =
        new Evaluation(plan).measure(common(predictions), Optional.of(cut(feedback))).records();
    List<String> pairs = new ArrayList<>();
    feedback
        .select(UserGroups.PAIR)
        .distinct()
        .coalesce(1)
        .orderBy(UserGroups.PAIR)
        .collectAsList()
        .forEach(row -> pairs.add(row.getString(0)));
    List<KappaRecord> records = new ArrayList<>();
    for (String pair : pairs) {
      for (double kappa : kappas) {
        for (String group : List.of(FeedbackGroups.COMPARABLE, OTHERS)) {
          for (String task : tasks) {
            find(measured, name(pair, kappa, group, pairs.size() * kappas.size()), task)
                .ifPresent(
                    auc ->
                        records.add(
                            new KappaRecord(
                                kappa,
                                pair,
                                group,
                                task,
                                split,
                                auc.value(),
                                auc.rows(),
                                auc.positives())));
          }
        }
      }
    }
    return records;
  }

  /** Without the scores of own epochs. */
  private Dataset<Row> common(Dataset<Row> predictions) {
    return predictions.drop(
        tasks.stream().map(SampleColumns::ownEpochScore).toArray(String[]::new));
  }

  /** As {@link GroupNames} calls it, which leaves the pair out where there is only one. */
  private static String name(String pair, double kappa, String group, int cuts) {
    return cuts == 1 ? group : pair + SEPARATOR + kappa + ":" + group;
  }

  private static Optional<MetricRecord> find(
      List<MetricRecord> records, String group, String task) {
    return records.stream()
        .filter(record -> record.metric().equals("auc"))
        .filter(record -> record.group().equals(group) && record.task().equals(task))
        .findFirst();
  }

  /** The users with feedback, once a pair and kappa. */
  private Dataset<Row> cut(Dataset<Row> feedback) {
    Column[] cuts = kappas.stream().map(KappaSweep::cut).toArray(Column[]::new);
    return feedback
        .select(col(SampleColumns.USER), col(UserGroups.PAIR), explode(array(cuts)).as("cut"))
        .select(
            col(SampleColumns.USER),
            concat(col(UserGroups.PAIR), col("cut.kappa")).as(UserGroups.PAIR),
            col("cut.group").as(UserGroups.GROUP));
  }

  private static Column cut(double kappa) {
    return struct(
        lit(SEPARATOR + kappa).as("kappa"),
        when(abs(col(UserGroups.RHO)).leq(UserGroups.bound(kappa)), FeedbackGroups.COMPARABLE)
            .otherwise(OTHERS)
            .as("group"));
  }
}
