package io.taskweave.pipeline.validate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.taskweave.core.error.ConfigurationException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * The columns that a log promises: the first schema object of an Open Data Contract Standard v3
 * document. Read are {@code name}, {@code required} and the {@code minimum} and {@code maximum} of
 * {@code logicalTypeOptions}.
 */
record DataContract(List<Column> columns) {
  /**
   * One promised column.
   *
   * @param minimum smallest allowed value, if bounded
   * @param maximum largest allowed value, if bounded
   */
  record Column(String name, boolean required, OptionalDouble minimum, OptionalDouble maximum) {}

  DataContract {
    columns = List.copyOf(columns);
  }

  static DataContract read(Path path, Configuration configuration) {
    JsonNode properties;
    try (InputStream stream = path.getFileSystem(configuration).open(path)) {
      properties = new YAMLMapper().readTree(stream).path("schema").path(0).path("properties");
    } catch (IOException failure) {
      throw new ConfigurationException(
          "Cannot read the contract "
              + path
              + ": "
              + failure.getMessage()
              + ", name a YAML file of the Open Data Contract Standard",
          failure);
    }
    if (!properties.isArray() || properties.isEmpty()) {
      throw new ConfigurationException(
          "Cannot read the contract " + path + ": schema[0].properties is empty, list the columns");
    }
    List<Column> columns = new ArrayList<>();
    for (JsonNode property : properties) {
      JsonNode options = property.path("logicalTypeOptions");
      columns.add(
          new Column(
              property.path("name").asText(),
              property.path("required").asBoolean(false),
              bound(options.path("minimum")),
              bound(options.path("maximum"))));
    }
    return new DataContract(columns);
  }

  private static OptionalDouble bound(JsonNode value) {
    return value.isNumber() ? OptionalDouble.of(value.asDouble()) : OptionalDouble.empty();
  }
}
