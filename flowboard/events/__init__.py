"""Legs and strikes -> the event that they are about, as one thing; pure.

direction      which kind of event it is, and which way each member's YES points
distribution   a strike ladder's prices -> what they imply of the number asked about
members        which markets an event has, in their order
event_flow     an event's figures over a window
event_book     the events of a window, ranked
beliefs        a ladder's prices, now and at a window's start
event_objects  events as readers get them
"""

from flowboard.events.beliefs import Outlook, outlook_at_start, outlook_now
from flowboard.events.direction import Shape, Span, shape_of, span_of
from flowboard.events.distribution import Distribution, Point, implied
from flowboard.events.event_book import SORTS, EventBook
from flowboard.events.event_flow import EventFlow, MemberFlow, flow_of, flows_of
from flowboard.events.event_objects import event_object, side_of

__all__ = [
    "SORTS",
    "Distribution",
    "EventBook",
    "EventFlow",
    "MemberFlow",
    "Outlook",
    "Point",
    "Shape",
    "Span",
    "event_object",
    "flow_of",
    "flows_of",
    "implied",
    "outlook_at_start",
    "outlook_now",
    "shape_of",
    "side_of",
    "span_of",
]
