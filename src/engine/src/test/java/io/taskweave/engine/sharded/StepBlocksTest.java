package io.taskweave.engine.sharded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.RetryException;
import io.taskweave.engine.LocalSpark;
import io.taskweave.engine.sharded.StepBlocks.Kind;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.spark.storage.BlockManagerId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import scala.Option;

class StepBlocksTest {
  private static final int HERE = 0;
  private static final int THERE = 1;

  private StepBlocks blocks;

  /** Part 1 keeps its blocks in this process too, but under a name that makes it another. */
  @BeforeEach
  void open() {
    LocalSpark.session();
    BlockManagerId here = StepBlocks.here();
    blocks = new StepBlocks("blocks-test");
    blocks.open(
        List.of(here, BlockManagerId.apply("another", here.host(), here.port(), Option.empty())));
  }

  @AfterEach
  void remove() {
    blocks.remove(Kind.values());
  }

  private void put(Kind kind, long step, int writer, long value) {
    ByteBuffer buffer = StepBlocks.buffer(step, Long.BYTES);
    blocks.put(kind, step, writer, HERE, buffer.putLong(value));
  }

  @Test
  void blocksOfOtherPlacesAreFetchedAndOwnOnesFound() {
    put(Kind.IDS, 7, THERE, 42);
    put(Kind.IDS, 7, HERE, 43);
    put(Kind.SCORED_IDS, 7, THERE, 44);
    assertThat(blocks.take(Kind.IDS, 7, THERE, HERE).getLong()).isEqualTo(42);
    assertThat(blocks.take(Kind.IDS, 7, HERE, HERE).getLong()).isEqualTo(43);
    assertThat(blocks.take(Kind.SCORED_IDS, 7, THERE, HERE).getLong()).isEqualTo(44);
  }

  @Test
  void aBlockThatIsMissingIsNamed() {
    put(Kind.IDS, 6, THERE, 42);
    put(Kind.IDS, 6, HERE, 42);
    put(Kind.GRADIENTS, 7, THERE, 42);
    for (int writer : List.of(HERE, THERE)) {
      assertThatThrownBy(() -> blocks.take(Kind.IDS, 7, writer, HERE))
          .isInstanceOf(RetryException.class)
          .hasMessageContaining("a block of part " + writer + " for part 0 was lost")
          .hasMessageContaining("taskweave-blocks-test-7-IDS-" + writer + "-0");
    }
  }

  @Test
  void removedBlocksAreGone() {
    put(Kind.IDS, 7, THERE, 42);
    put(Kind.WEIGHTS, 7, THERE, 43);
    blocks.remove(Kind.IDS);
    assertThatThrownBy(() -> blocks.take(Kind.IDS, 7, THERE, HERE))
        .isInstanceOf(RetryException.class);
    assertThat(blocks.take(Kind.WEIGHTS, 7, THERE, HERE).getLong()).isEqualTo(43);
  }
}
