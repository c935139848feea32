package io.taskweave.pipeline.feature;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.SampleLayout;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * All of an encoder but its vocabularies: the content of {@code features.json}.
 *
 * @param vocabularyVersion 1 for fresh vocabularies, one more each time that tokens were appended
 * @param weightColumn empty if every sample weighs 1
 */
record EncoderDescription(
    int formatVersion,
    int vocabularyVersion,
    String userColumn,
    String itemColumn,
    String weightColumn,
    int streams,
    long broadcastLimit,
    List<TaskPlan> tasks,
    List<FittedField> fields) {
  static final int FORMAT_VERSION = 1;
  static final String FILE_NAME = "features.json";

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .visibility(PropertyAccessor.IS_GETTER, JsonAutoDetect.Visibility.NONE)
          .build();

  EncoderDescription {
    tasks = List.copyOf(tasks);
    fields = List.copyOf(fields);
  }

  SampleLayout layout() {
    return new SampleLayout(
        fields.stream().map(FittedField::field).toList(),
        tasks.stream().map(TaskPlan::name).toList());
  }

  static EncoderDescription read(Path folder, Configuration configuration) {
    Path file = new Path(folder, FILE_NAME);
    try (InputStream stream = file.getFileSystem(configuration).open(file)) {
      EncoderDescription description = JSON.readValue(stream, EncoderDescription.class);
      if (description == null || description.formatVersion != FORMAT_VERSION) {
        throw new InputRejectedException(
            String.format(
                "Cannot read %s: format version is not %d, rerun the features stage",
                file, FORMAT_VERSION));
      }
      return description;
    } catch (JsonProcessingException corrupt) {
      throw new InputRejectedException(
          String.format(
              "Cannot read %s: it is corrupt (%s), rerun the features stage",
              file, corrupt.getOriginalMessage()),
          corrupt);
    } catch (IOException failure) {
      throw new InputRejectedException(
          "Cannot read " + file + ": " + failure.getMessage() + ", check the path", failure);
    }
  }

  void write(Path folder, Configuration configuration) throws IOException {
    Path file = new Path(folder, FILE_NAME);
    try (OutputStream stream = file.getFileSystem(configuration).create(file, false)) {
      stream.write(JSON.writeValueAsString(this).getBytes(StandardCharsets.UTF_8));
    }
  }
}
