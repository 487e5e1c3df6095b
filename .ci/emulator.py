"""Runs ministack, an emulator of AWS in Python, with the parts added that deploying and calling template.yaml need and it lacks.
.ci/emulated starts it.

Every function below that begins with `gap` fills one gap of the emulator. They replace functions of ministack that are private, so
its version is pinned. None of them knows this project's template; each does what AWS documents.
"""

import copy
import json

from ministack import app
from ministack.services import apigateway_v1 as gateway
from ministack.services import dynamodb, waf
from ministack.services.cloudformation import provisioners


def accepted(response):
    """What an emulated service answered, unless it is an error."""
    status, _, body = response
    if status >= 400:
        raise ValueError(body.decode() if isinstance(body, bytes) else body)
    return json.loads(body) if body else {}


def gap_web_acl_association():
    """The resource type AWS::WAFv2::WebACLAssociation."""

    def create(logical_id, properties, stack):
        accepted(waf._associate_web_acl(properties))
        return f"{properties['WebACLArn']}|{properties['ResourceArn']}", {}

    def update(physical_id, old, new, stack):
        delete(physical_id, old)
        return create(None, new, stack)

    def delete(physical_id, properties):
        accepted(waf._disassociate_web_acl(properties))

    provisioners._RESOURCE_HANDLERS["AWS::WAFv2::WebACLAssociation"] = {"create": create, "update": update, "delete": delete}


def gap_ip_set():
    """The resource type AWS::WAFv2::IPSet."""

    def create(logical_id, properties, stack):
        made = accepted(waf._create_ip_set({"Name": f"{stack}-{logical_id}", **properties}))["Summary"]
        return f"{made['Name']}|{made['Id']}|{properties['Scope']}", {"Arn": made["ARN"], "Id": made["Id"]}

    def delete(physical_id, properties):
        accepted(waf._delete_ip_set({**properties, "Id": physical_id.split("|")[1]}))

    provisioners._RESOURCE_HANDLERS["AWS::WAFv2::IPSet"] = {"create": create, "delete": delete}


def gap_alarm_on_metric_math():
    """An alarm whose value is an expression. It is kept as an alarm on the first metric of the expression, and never evaluated."""
    record = provisioners._cw_metric_alarm_record

    def with_expression(name, properties):
        if properties.get("Metrics"):
            first = next(each["MetricStat"] for each in properties["Metrics"] if "MetricStat" in each)
            properties = {**properties, **first["Metric"], "Statistic": first["Stat"], "Period": first["Period"]}
            del properties["Metrics"]
        return record(name, properties)

    provisioners._cw_metric_alarm_record = with_expression


def gap_openapi_extensions():
    """What an imported OpenAPI document says in API Gateway's own words: any method, and gateway responses."""
    load = gateway._import_rest_api
    gateway._OPENAPI_HTTP_METHODS.add("any")

    def with_extensions(document, data=None):
        document = copy.deepcopy(document)
        for path in document["paths"].values():
            if "x-amazon-apigateway-any-method" in path:
                path["any"] = path.pop("x-amazon-apigateway-any-method")
        api = load(document, data)
        for name, response in document.get("x-amazon-apigateway-gateway-responses", {}).items():
            accepted(gateway._put_gateway_response(api, name, response))
        return api

    gateway._import_rest_api = with_extensions


def gap_answer_without_a_body():
    """A function's body that is null."""
    shape = gateway._lambda_proxy_response

    def with_null(result):
        answer, error = shape(result)
        return (answer and {**answer, "body": answer.get("body") or ""}), error

    gateway._lambda_proxy_response = with_null


def gap_throttled_function():
    """No instance of a function, which API Gateway calls INTEGRATION_FAILURE."""
    shape, invoke = gateway._lambda_proxy_response, gateway._invoke_lambda_proxy_v1
    throttled = "no instance"

    async def with_failure(*arguments, **more):
        answer = await invoke(*arguments, **more)
        if isinstance(answer, tuple) and throttled.encode() in answer[2]:
            return gateway._gw_error("INTEGRATION_FAILURE", "Internal server error")
        return answer

    gateway._lambda_proxy_response = lambda result: (None, throttled) if result.get("throttle") else shape(result)
    gateway._invoke_lambda_proxy_v1 = with_failure


def gap_backup_of_a_deleted_table():
    """The backup that DynamoDB makes of a table with point-in-time recovery when it is deleted."""
    delete = dynamodb._delete_table

    def with_backup(request):
        name = request["TableName"]
        made = dynamodb._create_backup({"TableName": name, "BackupName": f"{name}$DeletedTableBackup"})
        status, headers, body = delete(request)
        if status < 400:
            dynamodb._backups[accepted(made)["BackupDetails"]["BackupArn"]]["BackupDetails"]["BackupType"] = "SYSTEM"
        else:
            dynamodb._backups.pop(accepted(made)["BackupDetails"]["BackupArn"])
        return status, headers, body

    dynamodb._delete_table = with_backup


for name, gap in list(globals().items()):
    if name.startswith("gap_"):
        gap()
app.main()
