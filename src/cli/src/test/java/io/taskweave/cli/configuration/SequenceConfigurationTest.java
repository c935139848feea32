package io.taskweave.cli.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.layer.Activation;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.InterestNetSpec;
import io.taskweave.core.model.StemNetSpec;
import io.taskweave.core.sequence.AttentionKind;
import io.taskweave.core.sequence.InterestColumn;
import io.taskweave.core.sequence.InterestSpec;
import io.taskweave.core.sequence.TemporalKind;
import io.taskweave.core.sequence.TemporalSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

class SequenceConfigurationTest {
  private static final TemporalSpec POSITIONS = TemporalSpec.byPosition(0.2);

  private static ModelConfiguration read(String model) {
    Problems problems = new Problems();
    Config config = ConfigFactory.parseString("embedding.deviation = 0.2, " + model);
    ModelConfiguration read;
    try (Section section = new Section(config, "model", problems)) {
      read = ModelConfiguration.read(section);
    }
    problems.raise();
    return read;
  }

  private static InterestSpec sequences(String options) {
    ModelConfiguration read = read("type = interest-net, sequences { " + options + " }");
    return ((InterestNetSpec) read.spec()).embedding().interest();
  }

  @Test
  void aNameStandsForAWayOfPooling() {
    assertThat(sequences("")).isEqualTo(InterestSpec.tin(POSITIONS));
    assertThat(sequences("pooling = released-tin")).isEqualTo(InterestSpec.releasedTin(POSITIONS));
    // What is not encoded has no initial values.
    TemporalSpec none =
        new TemporalSpec(TemporalKind.NONE, 1000, TemporalSpec.LOG_SPACED_EDGES, 0.2);
    assertThat(sequences("pooling = din")).isEqualTo(InterestSpec.din().withTemporal(none));
    assertThat(sequences("pooling = mean").attention()).isEqualTo(AttentionKind.MEAN);
    assertThat(sequences("pooling = self-attention"))
        .isEqualTo(InterestSpec.selfAttention(POSITIONS));
    assertThat(sequences("pooling = none").columns()).isEmpty();
  }

  @Test
  void optionsChangeWhatTheNameStandsFor() {
    assertThat(sequences("temporal = none").temporal().kind()).isEqualTo(TemporalKind.NONE);
    assertThat(sequences("attention = mean"))
        .isEqualTo(InterestSpec.tin(POSITIONS).withAttention(AttentionKind.MEAN));
    assertThat(sequences("columns = [pooled]"))
        .isEqualTo(InterestSpec.tin(POSITIONS).withColumns(List.of(InterestColumn.POOLED)));
    assertThat(sequences("projections = true, heads = 2"))
        .isEqualTo(InterestSpec.tin(POSITIONS).withHeads(2));
    TemporalSpec temporal =
        sequences(
                "temporal = interval, interval-edges-seconds = [1, 60], temporal-deviation = 0.02")
            .temporal();
    assertThat(temporal.kind()).isEqualTo(TemporalKind.INTERVAL);
    assertThat(temporal.edgesMillis()).containsExactly(1000L, 60_000L);
    assertThat(temporal.deviation()).isEqualTo(0.02);
  }

  @Test
  void everyModelTakesThem() {
    StemNetSpec spec = (StemNetSpec) read("type = stem-net, sequences.pooling = mean").spec();
    assertThat(spec.embedding().interest().attention()).isEqualTo(AttentionKind.MEAN);
  }

  @Test
  void theReleasedModelIsSpelledOut() {
    String options =
        "type = interest-net, tower-layers = [80, 40], activation = sigmoid, scaled-inputs = true"
            + ", bias-field = item, sequences.pooling = released-tin";
    assertThat(read(options).spec())
        .isEqualTo(
            new InterestNetSpec(
                new EmbeddingSpec(16, 0.2, InterestSpec.releasedTin(POSITIONS)),
                List.of(80, 40),
                Activation.SIGMOID,
                true,
                "item",
                0));
  }

  @Test
  void whatDoesNotGoTogetherIsAProblem() {
    assertThatThrownBy(() -> sequences("heads = 2"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("model.sequences.pooling")
        .hasMessageContaining("heads is out of range (2)");
    assertThatThrownBy(() -> sequences("attention = self, weights = sigmoid"))
        .hasMessageContaining("give softmax to attention of kind SELF");
    assertThatThrownBy(() -> sequences("temporal = interval, interval-edges-seconds = [60, 60]"))
        .hasMessageContaining("[60000, 60000]");
    assertThatThrownBy(() -> sequences("columns = [pooled, sum]"))
        .hasMessageContaining("model.sequences.columns must hold names of pooled, target, product");
    assertThatThrownBy(() -> sequences("pooling = lstm"))
        .hasMessageContaining("model.sequences.pooling must be one of tin, released-tin");
  }
}
