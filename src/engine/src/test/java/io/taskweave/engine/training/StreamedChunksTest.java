package io.taskweave.engine.training;

import static io.taskweave.engine.training.TinyTraining.ROWS;
import static io.taskweave.engine.training.TinyTraining.STREAMS;
import static io.taskweave.engine.training.TinyTraining.data;
import static io.taskweave.engine.training.TinyTraining.plan;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.error.RetryException;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.update.TableDecay;
import io.taskweave.engine.cluster.SampleMemory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.api.java.JavaRDD;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StreamedChunksTest {
  private static final int CHUNKS = 4;
  private static final int PER_STREAM = 4;
  private static final TrainingPlan PLAN = plan(1, TableDecay.NONE, 0, 1e-3);

  private final List<JavaRDD<SampleChunks>> loaded = new ArrayList<>();

  private static JavaRDD<SampleChunks> load(int executors, SampleMemory memory) {
    return StreamLoader.stream(data().train(), Optional.empty(), PLAN, executors, CHUNKS, memory);
  }

  /** Copies that read the same files as those in the cache. */
  private List<SampleChunks> chunks(int executors) {
    JavaRDD<SampleChunks> samples = load(executors, SampleMemory.UNBOUNDED);
    loaded.add(samples);
    return samples.collect();
  }

  @AfterEach
  void release() {
    loaded.forEach(StreamLoader::release);
    assertThat(ChunkFiles.present()).isEmpty();
  }

  private static List<Long> ids(SampleBatch batch) {
    return Arrays.stream(batch.rows(), 0, batch.count())
        .mapToObj(row -> batch.block().sampleIds()[row])
        .toList();
  }

  private static ChunkOrder order(List<SampleChunks> samples, int epoch) {
    SampleChunks.Sizes sizes =
        samples.stream().map(SampleChunks::sizes).reduce(SampleChunks.Sizes::and).orElseThrow();
    int[] steps =
        Arrays.stream(sizes.longestStreams()).map(rows -> (rows + 3) / PER_STREAM).toArray();
    return ChunkOrder.of(PLAN.seed(), epoch, steps);
  }

  /** Sample ids of an epoch, step after step and stream after stream. */
  private static List<List<Long>> epoch(List<SampleChunks> samples, int epoch) {
    ChunkOrder order = order(samples, epoch);
    int streams = STREAMS / samples.size();
    List<List<Long>> steps = new ArrayList<>();
    for (int step = 0; step < order.starts()[CHUNKS]; step++) {
      int position = order.position(step);
      int inChunk = step - order.starts()[position];
      List<Long> ids = new ArrayList<>();
      for (SampleChunks part : samples) {
        StreamPartition chunk = part.use(epoch, position);
        ids.addAll(ids(chunk.batch(epoch, inChunk, PER_STREAM, 0, streams)));
      }
      assertThat(ids).isNotEmpty();
      steps.add(ids);
    }
    return steps;
  }

  @Test
  void everyRowComesOnceInEachEpochInAnOrderThatSeedAndEpochDecide() {
    List<SampleChunks> one = chunks(1);
    List<SampleChunks> two = chunks(2);
    List<SampleChunks> four = chunks(4);
    Set<List<Integer>> chunkOrders = new HashSet<>();
    Set<List<List<Long>>> orders = new HashSet<>();
    for (int epoch = 1; epoch <= 4; epoch++) {
      List<List<Long>> steps = epoch(one, epoch);
      assertThat(epoch(two, epoch)).isEqualTo(steps);
      assertThat(epoch(four, epoch)).isEqualTo(steps);
      List<Long> rows = steps.stream().flatMap(List::stream).toList();
      assertThat(rows).hasSize(ROWS).doesNotHaveDuplicates();
      orders.add(steps);
      chunkOrders.add(Arrays.stream(order(one, epoch).chunks()).boxed().toList());
    }
    assertThat(orders).hasSize(4);
    assertThat(chunkOrders.size()).isGreaterThan(1);
    // Where an epoch begins does not matter.
    assertThat(epoch(chunks(1), 3)).isEqualTo(epoch(one, 3));
  }

  @Test
  void aChunkIsPermutedUnlikeAnother() {
    Set<List<Integer>> orders = new HashSet<>();
    SampleChunks samples = chunks(1).get(0);
    for (int position = 0; position < CHUNKS; position++) {
      SampleBatch batch = samples.use(1, position).batch(1, 0, 8, 0, 1);
      orders.add(Arrays.stream(batch.rows(), 0, 8).boxed().toList());
    }
    assertThat(orders).hasSize(CHUNKS);
  }

  @Test
  void theNextChunkCanBeLookedAtWhileOneIsInUse() {
    SampleChunks samples = chunks(1).get(0);
    StreamPartition used = samples.use(1, 0);
    StreamPartition next = samples.look(1, 1);
    assertThat(samples.look(1, 0)).isSameAs(used);
    assertThat(samples.use(1, 0)).isSameAs(used);
    assertThat(samples.use(1, 1)).isSameAs(next);
    assertThat(samples.use(1, 0)).isNotSameAs(used);
  }

  @Test
  void sizesAreThoseOfAllSamplesInMemory() {
    SampleChunks.Sizes streamed = chunks(1).get(0).sizes();
    SampleChunks.Sizes held =
        StreamLoader.load(data().train(), Optional.empty(), PLAN, 1).first().sizes();
    assertThat(streamed.rows()).isEqualTo(ROWS);
    assertThat(streamed.bytes()).isEqualTo(held.bytes());
    assertThat(streamed.longestStreams()).hasSize(CHUNKS);
    assertThat(Arrays.stream(streamed.longestStreams()).sum()).isEqualTo(held.longestStreams()[0]);
  }

  private static void assertLost(SampleChunks samples, String reason) {
    assertThatThrownBy(
            () -> {
              for (int position = 0; position < CHUNKS; position++) {
                samples.use(1, position);
              }
            })
        .isInstanceOf(RetryException.class)
        .hasMessageContaining("samples on disk are lost or damaged")
        .hasMessageContaining(reason)
        .hasMessageContaining("resume from the last checkpoint");
  }

  @Test
  void aTruncatedOrChangedChunkIsFound() throws IOException {
    SampleChunks samples = chunks(1).get(0);
    Path file = ((StreamedChunks) samples).paths().get(1);
    long size = Files.size(file);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(size - 1);
    }
    assertLost(samples, file + " has " + (size - 1) + " bytes instead of " + size);

    samples = chunks(1).get(0);
    file = ((StreamedChunks) samples).paths().get(1);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    assertLost(samples, "checksum");
  }

  @Test
  void loadingThatFailsLeavesNoFiles() {
    JavaRDD<SampleChunks> samples = load(1, new SampleMemory(1000));
    assertThatThrownBy(samples::count)
        .satisfies(
            failure ->
                assertThat(TrainingCluster.reason((Exception) failure))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("two must fit into training.sample-memory"));
    assertThat(ChunkFiles.present()).isEmpty();
  }

  @Test
  void aFullDiskIsAProblemOfTheConfiguration() {
    Exception failure =
        new IllegalStateException(
            "Job aborted\nCaused by: java.io.IOException: No space left on device\n\tat x");
    assertThat(TrainingCluster.reason(failure))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            "Cannot train: a disk is full (Caused by: java.io.IOException: No space left on"
                + " device), give the folders of spark.local.dir more room");
  }
}
