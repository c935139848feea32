package io.taskweave.core.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.CheckpointException;
import io.taskweave.core.layer.Activation;
import io.taskweave.core.model.AitmSpec;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.EsmmSpec;
import io.taskweave.core.model.GateInput;
import io.taskweave.core.model.InterestNetSpec;
import io.taskweave.core.model.MixtureSpec;
import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.model.ModelType;
import io.taskweave.core.model.PleSpec;
import io.taskweave.core.model.SharedBottomSpec;
import io.taskweave.core.model.SharedGate;
import io.taskweave.core.model.SingleTaskSpec;
import io.taskweave.core.model.StemNetSpec;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.FieldKind;
import io.taskweave.core.sample.Pooling;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sample.Sequence;
import io.taskweave.core.sample.SequenceAttribute;
import io.taskweave.core.sample.SequenceOrder;
import io.taskweave.core.sequence.InterestSpec;
import io.taskweave.core.sequence.TemporalSpec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelFileTest {
  private static final EmbeddingSpec TABLES = new EmbeddingSpec(16, 1e-4);
  private static final SampleLayout SAMPLES =
      new SampleLayout(
          List.of(
              Field.categorical("user_id", 12).withIdDropout(0.25),
              new Field("history", FieldKind.MULTI_VALUED, "video", 9, Pooling.SUM),
              Field.numeric("price")),
          List.of("long_view", "like"),
          List.of(
              new Sequence(
                  "clicks",
                  List.of(
                      new SequenceAttribute("user", "user_id", 12, "user_id"),
                      new SequenceAttribute("action", "action", 3, null)),
                  20,
                  SequenceOrder.TIME,
                  3_600_000),
              new Sequence(
                  "before",
                  List.of(new SequenceAttribute("video", "video", 9, null)),
                  5,
                  SequenceOrder.POSITION,
                  0)));

  @Test
  void everyModelSurvivesTheRoundTrip() throws IOException {
    List<ModelSpec> specs =
        List.of(
            new StemNetSpec(
                TABLES,
                2,
                8,
                1,
                List.of(512, 512),
                List.of(128),
                List.of(64),
                0.1,
                GateInput.OWN,
                true),
            new MixtureSpec(false, TABLES, true, 8, List.of(512, 512), List.of(), List.of(64), 0.1),
            new MixtureSpec(true, TABLES, false, 8, List.of(512), List.of(128), List.of(), 0),
            new PleSpec(
                TABLES,
                true,
                2,
                8,
                1,
                List.of(512, 512),
                List.of(128),
                List.of(64),
                0.1,
                SharedGate.SHARED_EXPERTS),
            new AitmSpec(TABLES, List.of(128, 64), List.of(64), 0.1),
            new EsmmSpec(TABLES, List.of(128), List.of(64), 0),
            new SharedBottomSpec(TABLES, List.of(128, 64), List.of(64), 0),
            new SingleTaskSpec(TABLES, List.of(128), List.of(), 0.5),
            new InterestNetSpec(
                new EmbeddingSpec(
                    8, 0.1, InterestSpec.releasedTin(TemporalSpec.byInterval(0.01)).withHeads(2)),
                List.of(80, 40),
                Activation.SIGMOID,
                true,
                "user_id",
                0.1));
    assertThat(specs.stream().map(ModelSpec::type)).containsExactlyElementsOf(ModelType.keys());
    for (ModelSpec spec : specs) {
      ModelFile file = new ModelFile(spec, SAMPLES);
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      file.write(bytes);
      assertThat(ModelFile.read(new ByteArrayInputStream(bytes.toByteArray()))).isEqualTo(file);
    }
  }

  @Test
  void theFormatsWithoutSequencesAndWithoutIdDropoutStillRead() throws IOException {
    SampleLayout samples = new SampleLayout(SAMPLES.fields(), SAMPLES.tasks());
    ModelFile file = new ModelFile(new SharedBottomSpec(TABLES, List.of(8), List.of(), 0), samples);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    file.write(bytes);
    String written = bytes.toString(StandardCharsets.UTF_8);
    assertThat(written).contains("\"format_version\" : 4", "\"idDropout\" : 0.25");
    String withoutSequences =
        written
            .replace("\"format_version\" : 4", "\"format_version\" : 2")
            .replaceAll(",\\s*\"sequences\" : \\[ *]", "");
    assertThat(withoutSequences).doesNotContain("sequences");
    assertThat(
            ModelFile.read(
                new ByteArrayInputStream(withoutSequences.getBytes(StandardCharsets.UTF_8))))
        .isEqualTo(file);
    String before =
        withoutSequences
            .replace("\"format_version\" : 2", "\"format_version\" : 1")
            .replaceAll(",\\s*\"idDropout\" : [0-9.]+", "");
    assertThat(before).doesNotContain("idDropout");
    ModelFile read =
        ModelFile.read(new ByteArrayInputStream(before.getBytes(StandardCharsets.UTF_8)));
    assertThat(read.model()).isEqualTo(file.model());
    assertThat(read.samples().fields().get(0)).isEqualTo(Field.categorical("user_id", 12));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theFormatThatKnewTheNumberOfGatesByTheTypeStillReads(boolean oneGate) throws IOException {
    ModelFile file =
        new ModelFile(
            new MixtureSpec(oneGate, TABLES, false, 8, List.of(8), List.of(), List.of(), 0),
            SAMPLES);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    file.write(bytes);
    String before =
        bytes
            .toString(StandardCharsets.UTF_8)
            .replace("\"format_version\" : 4", "\"format_version\" : 3")
            .replaceAll("\"oneGate\" : \\w+,\\s*", "");
    assertThat(before).doesNotContain("oneGate");
    assertThat(ModelFile.read(new ByteArrayInputStream(before.getBytes(StandardCharsets.UTF_8))))
        .isEqualTo(file);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "[]",
        "{\"format_version\":5,\"type\":\"stem-net\"}",
        "{\"format_version\":1,\"type\":\"java.lang.String\",\"model\":{},\"samples\":{}}",
        "{\"format_version\":1,\"type\":\"stem-net\",\"model\":{},\"samples\":{}}",
        "{\"format_version\":1,\"type\":\"shared-bottom\"}",
        "{\"format_version\":1,\"type\":\"shared-bottom\",\"model\":{\"bottomLayers\":[],\"extra\":1}}"
      })
  void brokenFileIsRefused(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> ModelFile.read(new ByteArrayInputStream(bytes)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith("Cannot read the model file");
  }
}
