package io.taskweave.engine.sharded;

import com.intel.analytics.bigdl.dllib.utils.Engine$;
import io.taskweave.core.error.RetryException;
import io.taskweave.core.metric.ScoreHistogram;
import io.taskweave.engine.cluster.NativeLibraries;
import io.taskweave.engine.training.Burst;
import io.taskweave.engine.training.DominanceReport;
import io.taskweave.engine.training.ExchangeBlocks;
import io.taskweave.engine.training.RunFiles;
import io.taskweave.engine.training.SampleChunks;
import io.taskweave.engine.training.TrainingCourse.Restored;
import io.taskweave.engine.training.TrainingListener.RowCounts;
import io.taskweave.engine.training.ValidationData;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.deploy.SparkHadoopUtil;

/** The Spark jobs of a training; each has one task an executor, beside its samples. */
final class ExecutorJobs {
  private final ShardedPlan plan;
  private final String id;
  private final JavaRDD<? extends SampleChunks> streams;
  private final DenseExchange exchange;
  private final DominanceReport dominance;

  /**
   * @param id name of the training, unlike that of any other
   */
  ExecutorJobs(
      ShardedPlan plan,
      String id,
      JavaRDD<? extends SampleChunks> streams,
      DominanceReport dominance) {
    this.plan = plan;
    this.id = id;
    this.streams = streams;
    this.dominance = dominance;
    this.exchange = DenseExchange.of(plan);
  }

  DenseExchange exchange() {
    return exchange;
  }

  /** Makes the state of each executor. */
  void open(Optional<Restored> restored) {
    ShardedPlan opened = plan;
    String training = id;
    DenseExchange dense = exchange;
    String folder = restored.map(last -> last.folder().toString()).orElse(null);
    int files = restored.map(last -> last.state().partitions()).orElse(0);
    Set<String> places = new TreeSet<>();
    Burst burst = dominance.measured() ? dominance.burst() : null;
    boolean local = streams.context().isLocal();
    streams
        .mapPartitions(
            ignored -> {
              NativeLibraries.load();
              if (!local) {
                Engine$.MODULE$.setNodeAndCore(opened.executors(), opened.cores());
              }
              int executor = TaskContext.getPartitionId();
              ExecutorState state =
                  folder == null
                      ? ExecutorState.first(opened, training, executor)
                      : CheckpointFiles.read(
                          SparkHadoopUtil.get().conf(),
                          new Path(folder),
                          files,
                          opened,
                          training,
                          executor);
              ExecutorStates.put(training, executor, state);
              state.open(dense);
              if (burst != null) {
                state.measure(burst);
              }
              return List.of(SparkEnv.get().executorId()).iterator();
            })
        .collect()
        .forEach(places::add);
    if (!local && places.size() < plan.executors()) {
      throw new RetryException(
          "Cannot train: parts of the training share an executor ("
              + plan.executors()
              + " parts in executors "
              + places
              + "), start it again when all executors run");
    }
  }

  /** What one task does with its executor's state. */
  interface Work<T> extends Serializable {
    T run(ExecutorState state, SampleChunks samples) throws Exception;
  }

  /**
   * Runs a job.
   *
   * @param finished steps that every state must have finished
   * @return results in the order of executors
   */
  <T> List<T> run(long finished, Work<T> work) {
    String training = id;
    return streams
        .mapPartitions(
            samples -> {
              ExecutorState state =
                  ExecutorStates.require(training, TaskContext.getPartitionId(), finished);
              return List.of(work.run(state, samples.next())).iterator();
            })
        .collect();
  }

  ScoreHistogram[] validate(long finished, ValidationData validation) {
    String training = id;
    if (plan.executors() == 1) {
      return validation.score(
          samples -> new BlockScoring(ExecutorStates.require(training, 0, finished), samples));
    }
    gatherDense(finished);
    validation.forEachPart(
        blocks ->
            ScoredRows.ask(
                ExecutorStates.any(training, finished), TaskContext.getPartitionId(), blocks));
    int parts = validation.parts();
    run(
        finished,
        (state, samples) -> {
          ScoredRows.answer(state, parts);
          return true;
        });
    return validation.score(
        samples ->
            new ScoredRows(
                ExecutorStates.any(training, finished), samples, TaskContext.getPartitionId()));
  }

  private void gatherDense(long finished) {
    DenseExchange dense = exchange;
    run(
        finished,
        (state, samples) -> {
          state.gatherDense(dense);
          return true;
        });
  }

  void writeWeights(long finished, String file) {
    if (plan.executors() == 1) {
      run(
          finished,
          (state, samples) -> {
            WeightExport export = new WeightExport(state, WeightExport.own(state));
            RunFiles.writeTensors(
                SparkHadoopUtil.get().conf(), new Path(file), export.tensors(), export::write);
            return true;
          });
      return;
    }
    DenseExchange dense = exchange;
    run(
        finished,
        (state, samples) -> {
          state.gatherDense(dense);
          WeightParts.write(SparkHadoopUtil.get().conf(), new Path(file), state);
          return true;
        });
    run(
        finished,
        (state, samples) -> {
          if (state.executor() == 0) {
            WeightParts.merge(SparkHadoopUtil.get().conf(), new Path(file), state);
          }
          return true;
        });
  }

  /** At the end of an epoch: lets rows go that were not seen for long. */
  SortedMap<String, RowCounts> settle(long finished, int stepsPerEpoch) {
    SortedMap<String, RowCounts> counts = new TreeMap<>();
    for (long[][] part : run(finished, (state, samples) -> state.settle(stepsPerEpoch))) {
      for (int table = 0; table < part.length; table++) {
        counts.merge(
            plan.tables().get(table).table(),
            new RowCounts(part[table][0], part[table][1], part[table][2]),
            RowCounts::plus);
      }
    }
    return counts;
  }

  /** What was measured up to the end of an epoch. */
  List<DominanceReport.Part> measured(long finished) {
    return run(finished, (state, samples) -> state.meter().part(state.stepsDone()));
  }

  void writeShards(long finished, String folder) {
    run(
        finished,
        (state, samples) -> {
          CheckpointFiles.write(
              SparkHadoopUtil.get().conf(), new Path(folder), state.executor(), state);
          return true;
        });
  }

  /** Frees what executors hold. */
  void close() {
    String training = id;
    streams.foreachPartition(
        ignored -> ExecutorStates.remove(training, TaskContext.getPartitionId()));
    if (plan.executors() > 1) {
      ExchangeBlocks.remove(streams);
    }
  }
}
