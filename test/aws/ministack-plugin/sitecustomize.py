"""MiniStack's IAM doesn't know the condition key dynamodb:LeadingKeys, by which roles are held to kinds of rows. This tells it
the partition keys that a call touches, as AWS describes them: of a transaction, each member's own with the action that it is."""

import json
import re


def _partition_key(table):
    from ministack.services import dynamodb

    return (dynamodb._tables.get(table.rsplit("/", 1)[-1]) or {}).get("pk_name")


def _value(attributes, name):
    typed = attributes.get(name) if isinstance(attributes, dict) else None
    return next(iter(typed.values()), None) if isinstance(typed, dict) else None


def _leading_key(call):
    """The one partition key of a single-item call, of a member of a transaction, or of a query."""
    name = _partition_key(call.get("TableName") or "")
    if name is None:
        return None
    if "KeyConditionExpression" not in call:
        return _value(call.get("Item") or call.get("Key"), name)
    names = call.get("ExpressionAttributeNames") or {}
    for field, value in re.findall(r"(#?[\w.-]+)\s*=\s*(:\w+)", call["KeyConditionExpression"]):
        if names.get(field, field) == name:
            return _value(call.get("ExpressionAttributeValues"), value)
    return None


class _Action(str):
    """An action that knows which key it is about."""

    leading_key = None


def _teach(actions, evaluator):
    context_of, checks_of, enforce = (
        actions.dynamodb_service_context,
        actions.dynamodb_transaction_checks,
        evaluator.enforce,
    )

    def dynamodb_service_context(body):
        context = context_of(body)
        call = json.loads(body or b"{}")
        key = _leading_key(call) if isinstance(call, dict) else None
        return context if key is None else {**context, "dynamodb:LeadingKeys": [key]}

    def dynamodb_transaction_checks(iam_action, body, region, account_id):
        checks = checks_of(iam_action, body, region, account_id)
        members = [member for item in json.loads(body)["TransactItems"] for member in item.values()] if checks else []
        if len(members) != len(checks):
            raise RuntimeError("MiniStack reads transactions otherwise than this plug-in")
        told = []
        for member, (action, arn) in zip(members, checks):
            known = _Action(action)
            known.leading_key = _leading_key(member)
            told.append((known, arn))
        return told

    def enforcing(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
        key = getattr(iam_action, "leading_key", None)
        if key is not None:
            service_context = {**(service_context or {}), "dynamodb:LeadingKeys": [key]}
        return enforce(access_key_id, str(iam_action), service, region, resource_arn, service_context)

    actions.dynamodb_service_context = dynamodb_service_context
    actions.dynamodb_transaction_checks = dynamodb_transaction_checks
    evaluator.enforce = enforcing


try:
    from ministack.core import iam_actions, iam_evaluator
except ImportError:
    pass
else:
    _teach(iam_actions, iam_evaluator)
