"""Models of machine learning by the real client: read from scikit-learn, and where their features come from."""

import pytest

pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")

from metadata.generated.schema.api.data.createMlModel import CreateMlModelRequest
from metadata.generated.schema.api.services.createMlModelService import CreateMlModelServiceRequest
from metadata.generated.schema.entity.data.mlmodel import FeatureSource, FeatureSourceDataType, MlFeature, MlModel
from metadata.generated.schema.entity.services.mlmodelService import MlModelService, MlModelServiceType
from metadata.generated.schema.type.entityReference import EntityReference

from client import unique
from test_client import Tree


@pytest.mark.covers("get_mlmodel_sklearn")
def test_a_model_of_scikit_learn(metadata):
    linear = pytest.importorskip("sklearn.linear_model")
    numpy = pytest.importorskip("numpy")
    model = linear.Ridge(alpha=0.5)
    model.fit(numpy.array([[1.0, 2.0], [2.0, 3.0], [3.0, 5.0]]), [1.0, 2.0, 3.0])
    model.feature_names_in_ = ["age", "size"]
    service = unique("sklearn")
    request = metadata.get_mlmodel_sklearn(name=unique("ridge"), model=model, description="fitted", service_name=service)
    made = metadata.create_or_update(request)
    read = metadata.get_by_id(MlModel, made.id)
    assert read.algorithm == "Ridge" and read.description.root == "fitted" and read.service.name == service
    assert [feature.name.root for feature in read.mlFeatures] == ["age", "size"]
    assert {one.name: one.value for one in read.mlHyperParameters}["alpha"] == "0.5"
    assert metadata.get_by_name(MlModelService, service).serviceType == MlModelServiceType.Sklearn


@pytest.mark.covers("add_mlmodel_lineage")
def test_where_features_come_from(metadata):
    table = Tree(metadata).table()
    service = metadata.create_or_update(CreateMlModelServiceRequest(name=unique("ml"), serviceType=MlModelServiceType.Mlflow))
    made = metadata.create_or_update(CreateMlModelRequest(
        name=unique("model"), algorithm="regression", service=service.fullyQualifiedName, mlFeatures=[MlFeature(
            name="age", featureSources=[FeatureSource(name="age", dataType=FeatureSourceDataType.integer,
                                                      dataSource=EntityReference(id=table.id, type="table"))])]))
    lineage = metadata.add_mlmodel_lineage(model=made, description="trained on it")
    assert lineage["entity"]["id"] == str(made.id.root)
    assert [(edge["fromEntity"], edge["toEntity"]) for edge in lineage["upstreamEdges"]] == [(str(table.id.root), str(made.id.root))]
    assert [node["name"] for node in lineage["nodes"]] == [table.name.root]
