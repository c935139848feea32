package io.taskweave.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.taskweave.core.format.ModelFile;
import io.taskweave.core.format.SafetensorsReader;
import io.taskweave.core.format.Tensor;
import io.taskweave.core.loss.LogLoss;
import io.taskweave.core.sample.HistoryColumns;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleBlockBuilder;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sample.SequenceAttribute;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fixtures come from PyTorch: see stem_reference.py and tin_reference.py in src/bench/peers. */
class PeerParityTest {
  private static final float TOLERANCE = 1e-5f;

  private static InputStream resource(String name) {
    return PeerParityTest.class.getResourceAsStream("/peers/" + name);
  }

  private static Map<String, float[]> tensors(String name) throws IOException {
    Map<String, float[]> tensors = new TreeMap<>();
    try (SafetensorsReader reader = new SafetensorsReader(resource(name))) {
      for (Tensor tensor = reader.next(); tensor != null; tensor = reader.next()) {
        float[] values = new float[(int) tensor.elements()];
        reader.read(values, 0, values.length);
        tensors.put(tensor.name(), values);
      }
    }
    return tensors;
  }

  private static SampleBatch batch(SampleLayout layout, JsonNode json) {
    SampleBlockBuilder builder = new SampleBlockBuilder(layout);
    int[] ends = addEvents(layout, json.path("histories"), builder);
    for (int row = 0; row < json.path("weight").size(); row++) {
      builder.addRow(row, json.path("weight").get(row).floatValue());
      for (int f = 0; f < layout.fields().size(); f++) {
        JsonNode value = json.path(layout.fields().get(f).name()).get(row);
        switch (layout.fields().get(f).kind()) {
          case CATEGORICAL -> builder.id(f, value.intValue());
          case NUMERIC -> builder.number(f, value.floatValue());
          case MULTI_VALUED -> {
            for (JsonNode id : value) {
              builder.value(f, id.intValue());
            }
          }
        }
      }
      if (!layout.sequences().isEmpty()) {
        int user = json.path("user_of_row").get(row).intValue();
        builder.time(json.path("time").get(row).longValue());
        builder.userHistory(0, user == 0 ? 0 : ends[user - 1], ends[user]);
      }
      for (int task = 0; task < layout.tasks().size(); task++) {
        builder.label(task, (byte) json.path("labels").get(task).get(row).intValue());
      }
    }
    return SampleBatch.all(builder.build());
  }

  /** Returns the end of each user's events. */
  private static int[] addEvents(
      SampleLayout layout, JsonNode histories, SampleBlockBuilder builder) {
    int[] ends = new int[histories.size()];
    if (layout.sequences().isEmpty()) {
      return ends;
    }
    List<SequenceAttribute> attributes = layout.sequences().get(0).attributes();
    List<JsonNode> events = new ArrayList<>();
    for (int user = 0; user < ends.length; user++) {
      histories.get(user).forEach(events::add);
      ends[user] = events.size();
    }
    int[][] ids = new int[attributes.size()][];
    for (int a = 0; a < ids.length; a++) {
      String name = attributes.get(a).name();
      ids[a] = events.stream().mapToInt(event -> event.path(name).intValue()).toArray();
    }
    long[] times = events.stream().mapToLong(event -> event.path("time").longValue()).toArray();
    builder.events(0, new HistoryColumns(ids, times));
    return ends;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "stem-one-layer",
        "stem-two-layers",
        "stem-two-layers-strict",
        "stem-own-gate-input",
        "shared-bottom",
        "single-task",
        "tin-paper",
        "tin-interval",
        "tin-released",
        "tin-heads",
        "din",
        "din-sigmoid",
        "self-attention",
        "stem-tin",
        "mmoe",
        "mmoe-separate-tables",
        "omoe",
        "ple",
        "ple-two-layers",
        "ple-released-shared-gate",
        "ple-separate-tables",
        "aitm",
        "aitm-three-tasks",
        "esmm"
      })
  void outputsLossesAndGradientsEqualThoseOfPyTorch(String name) throws IOException {
    JsonNode json = new ObjectMapper().readTree(resource(name + ".json"));
    ModelFile file =
        ModelFile.read(
            new ByteArrayInputStream(new ObjectMapper().writeValueAsBytes(json.get("model_file"))));
    Map<String, float[]> tensors = tensors(name + ".safetensors");
    MultiTaskModel model = file.model().create(file.samples());
    ModelRun run = new ModelRun(model, new float[model.parameters().size()]);
    List<String> names =
        run.layout.parameters().stream().map(parameter -> parameter.name()).toList();
    assertThat(tensors.keySet().stream().filter(key -> tensors.containsKey("gradient/" + key)))
        .containsExactlyInAnyOrderElementsOf(names);
    names.forEach(parameter -> run.set(parameter, tensors.get(parameter)));
    SampleBatch batch = batch(file.samples(), json.get("batch"));
    double[] weights = new double[run.tasks];
    LogLoss.addWeights(batch, weights);
    float[] factors = new float[run.tasks];
    for (int task = 0; task < run.tasks; task++) {
      factors[task] = (float) (1 / weights[task]);
    }

    assertThat(run.scores(batch)).containsExactly(tensors.get("result/logits"), within(TOLERANCE));
    double[] losses = run.losses(batch, factors);
    for (int task = 0; task < run.tasks; task++) {
      float expected = tensors.get("result/losses")[task];
      assertThat((float) losses[task]).isCloseTo(expected, within(TOLERANCE));
    }
    float[] summed = run.summed(batch, factors);
    List<float[]> byTask = run.perTask(batch, factors);
    float[] total = new float[summed.length];
    for (float[] part : byTask) {
      for (int i = 0; i < total.length; i++) {
        total[i] += part[i];
      }
    }
    for (String parameter : names) {
      float[] expected = tensors.get("gradient/" + parameter);
      assertThat(run.slice(summed, parameter))
          .as(parameter)
          .containsExactly(expected, within(TOLERANCE));
      assertThat(run.slice(total, parameter))
          .as(parameter)
          .containsExactly(expected, within(TOLERANCE));
    }
    assertThat(names.stream().filter(p -> Arrays.stream(box(tensors, p)).anyMatch(v -> v != 0)))
        .as("parameters with a gradient")
        .hasSizeGreaterThan(names.size() * 3 / 4);
  }

  private static double[] box(Map<String, float[]> tensors, String parameter) {
    float[] values = tensors.get("gradient/" + parameter);
    double[] wide = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }
}
