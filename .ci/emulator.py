"""Runs ministack, an emulator of AWS in Python, with the parts added that deploying and calling template.yaml need and it lacks.
.ci/emulated starts it.

What is here fills gaps of the emulator, mostly in the place of private functions of it, so its version is pinned. None of it knows this
project's template; each does what AWS documents.
"""

import copy
import functools
import json

from ministack import app
from ministack.services import apigateway_v1 as gateway
from ministack.services import dynamodb, waf
from ministack.services.cloudformation import provisioners

NO_INSTANCE = "no instance"


def accepted(response):
    """What an emulated service answered, unless it is an error."""
    status, _, body = response
    if status >= 400:
        raise ValueError(body.decode() if isinstance(body, bytes) else body)
    return json.loads(body) if body else {}


def in_place_of(module, name):
    """Puts a function in the place of another, which it is given as its first argument."""
    return lambda function: setattr(module, name, functools.partial(function, getattr(module, name)))


def associate(logical_id, properties, stack):
    accepted(waf._associate_web_acl(properties))
    return f"{properties['WebACLArn']}|{properties['ResourceArn']}", {}


def disassociate(physical_id, properties):
    accepted(waf._disassociate_web_acl(properties))


def create_ip_set(logical_id, properties, stack):
    made = accepted(waf._create_ip_set({"Name": f"{stack}-{logical_id}", **properties}))["Summary"]
    return f"{made['Name']}|{made['Id']}|{properties['Scope']}", {"Arn": made["ARN"], "Id": made["Id"]}


def delete_ip_set(physical_id, properties):
    accepted(waf._delete_ip_set({**properties, "Id": physical_id.split("|")[1]}))


provisioners._RESOURCE_HANDLERS |= {
    "AWS::WAFv2::WebACLAssociation": {"create": associate, "delete": disassociate},
    "AWS::WAFv2::IPSet": {"create": create_ip_set, "delete": delete_ip_set},
}


@in_place_of(provisioners, "_cw_metric_alarm_record")
def alarm_on_metric_math(record, name, properties):
    """An alarm whose value is an expression. It is kept as an alarm on the first metric of the expression, and never evaluated."""
    if properties.get("Metrics"):
        first = next(each["MetricStat"] for each in properties["Metrics"] if "MetricStat" in each)
        properties = {**properties, **first["Metric"], "Statistic": first["Stat"], "Period": first["Period"], "Metrics": []}
    return record(name, properties)


gateway._OPENAPI_HTTP_METHODS.add("any")


@in_place_of(gateway, "_import_rest_api")
def openapi_extensions(load, document, data=None):
    """What an imported OpenAPI document says in API Gateway's own words: any method, and gateway responses."""
    document = copy.deepcopy(document)
    for path in document["paths"].values():
        if "x-amazon-apigateway-any-method" in path:
            path["any"] = path.pop("x-amazon-apigateway-any-method")
    api = load(document, data)
    for name, response in document.get("x-amazon-apigateway-gateway-responses", {}).items():
        accepted(gateway._put_gateway_response(api, name, response))
    return api


@in_place_of(gateway, "_lambda_proxy_response")
def answer_without_a_body(shape, result):
    """A function's body that is null; and no instance of the function, to tell it from other failures."""
    if result.get("throttle"):
        return None, NO_INSTANCE
    answer, error = shape(result)
    return (answer and {**answer, "body": answer.get("body") or ""}), error


@in_place_of(gateway, "_invoke_lambda_proxy_v1")
async def throttled_function(invoke, *arguments, **more):
    """No instance of a function, which API Gateway calls INTEGRATION_FAILURE."""
    answer = await invoke(*arguments, **more)
    if isinstance(answer, tuple) and NO_INSTANCE.encode() in answer[2]:
        return gateway._gw_error("INTEGRATION_FAILURE", "Internal server error")
    return answer


@in_place_of(dynamodb, "_delete_table")
def backup_of_a_deleted_table(delete, request):
    """The backup that DynamoDB makes of a table with point-in-time recovery when it is deleted."""
    name = request["TableName"]
    made = dynamodb._create_backup({"TableName": name, "BackupName": f"{name}$DeletedTableBackup"})
    answer = delete(request)
    backup = accepted(made)["BackupDetails"]["BackupArn"]
    if answer[0] < 400:
        dynamodb._backups[backup]["BackupDetails"]["BackupType"] = "SYSTEM"
    else:
        dynamodb._backups.pop(backup)
    return answer


app.main()
