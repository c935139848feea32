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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.scheduler.TaskLocation;
import org.apache.spark.storage.BlockManagerId;
import scala.Function1;
import scala.Tuple2;
import scala.collection.Iterator;
import scala.collection.JavaConverters;
import scala.collection.Seq;
import scala.reflect.ClassTag;

/** The Spark jobs of a training; each has one task an executor, beside its state. */
final class ExecutorJobs {
  private final ShardedPlan plan;
  private final String id;
  private final JavaRDD<? extends SampleChunks> streams;
  private final DenseExchange exchange;
  private final DominanceReport dominance;
  private JavaRDD<Integer> parts;

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
    Burst burst = dominance.measured() ? dominance.burst() : null;
    boolean local = streams.context().isLocal();
    JavaRDD<BlockManagerId> opening =
        streams.mapPartitions(
            samples -> {
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
              state.hold(samples.next());
              ExecutorStates.put(training, executor, state);
              state.open(dense);
              if (burst != null) {
                state.measure(burst);
              }
              return List.of(StepBlocks.here()).iterator();
            });
    List<BlockManagerId> places = List.copyOf(opening.collect());
    if (!local && Set.copyOf(places).size() < plan.executors()) {
      throw new RetryException(
          "Cannot train: parts of the training share an executor ("
              + plan.executors()
              + " parts in executors "
              + places
              + "), start it again when all executors run");
    }
    parts = parts(streams.context(), places);
    if (plan.executors() > 1) {
      run(
          restored.map(last -> last.state().step()).orElse(0L),
          state -> {
            state.blocks().open(places);
            return true;
          });
    }
  }

  /** Numbers of the parts, each bound to where its state lies. */
  private static JavaRDD<Integer> parts(SparkContext context, List<BlockManagerId> places) {
    List<Tuple2<Integer, Seq<String>>> bound = new ArrayList<>();
    for (BlockManagerId place : places) {
      List<String> wanted =
          context.isLocal()
              ? List.of()
              : List.of(TaskLocation.apply(place.host(), place.executorId()).toString());
      bound.add(new Tuple2<>(bound.size(), JavaConverters.asScalaBuffer(wanted).toList()));
    }
    ClassTag<Integer> number = ClassTag.apply(Integer.class);
    return JavaRDD.fromRDD(
        context.makeRDD(JavaConverters.asScalaBuffer(bound).toList(), number), number);
  }

  /** What one task does with its executor's state. */
  interface Work<T> extends Serializable {
    T run(ExecutorState state) throws Exception;
  }

  /**
   * Runs a job.
   *
   * @param finished steps that every state must have finished
   * @return results in the order of executors
   */
  <T> List<T> run(long finished, Work<T> work) {
    String training = id;
    return parts
        .mapPartitions(
            ignored -> {
              ExecutorState state =
                  ExecutorStates.require(training, TaskContext.getPartitionId(), finished);
              return List.of(work.run(state)).iterator();
            })
        .collect();
  }

  /** What one task does with its executor's state beside those of the others. */
  interface WorkTogether<T> extends Serializable {
    T run(ExecutorState state, Meeting meeting);
  }

  /**
   * Runs a job whose tasks all run at the same time, so that they can wait for each other.
   *
   * @param finished steps that every state must have finished
   * @return results in the order of executors
   */
  <T> List<T> runTogether(long finished, WorkTogether<T> work) {
    if (plan.executors() == 1) {
      return run(finished, state -> work.run(state, Meeting.ALONE));
    }
    String training = id;
    ClassTag<T> any = ClassTag.apply(Object.class);
    BarrierTask<T> task =
        ignored -> {
          ExecutorState state =
              ExecutorStates.require(training, TaskContext.getPartitionId(), finished);
          T result = work.run(state, new BarrierMeeting());
          return JavaConverters.asScalaIterator(List.of(result).iterator());
        };
    return JavaRDD.fromRDD(parts.rdd().barrier().mapPartitions(task, false, any), any).collect();
  }

  private interface BarrierTask<T>
      extends Function1<Iterator<Integer>, Iterator<T>>, Serializable {}

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
        state -> {
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
        state -> {
          state.gatherDense(dense);
          return true;
        });
  }

  void writeWeights(long finished, String file) {
    if (plan.executors() == 1) {
      run(
          finished,
          state -> {
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
        state -> {
          state.gatherDense(dense);
          WeightParts.write(SparkHadoopUtil.get().conf(), new Path(file), state);
          return true;
        });
    run(
        finished,
        state -> {
          if (state.executor() == 0) {
            WeightParts.merge(SparkHadoopUtil.get().conf(), new Path(file), state);
          }
          return true;
        });
  }

  /** At the end of an epoch: lets rows go that were not seen for long. */
  SortedMap<String, RowCounts> settle(long finished, int stepsPerEpoch) {
    SortedMap<String, RowCounts> counts = new TreeMap<>();
    for (long[][] part : run(finished, state -> state.settle(stepsPerEpoch))) {
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
    return run(finished, state -> state.meter().part(state.stepsDone()));
  }

  void writeShards(long finished, String folder) {
    run(
        finished,
        state -> {
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
